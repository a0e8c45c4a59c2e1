// One mark for all rows of the page; nothing else needs a script.
document.querySelectorAll("[data-legacy-all]").forEach((all) => {
  const rows = all.closest("form").querySelectorAll('input[name="key"]');
  all.addEventListener("change", () => rows.forEach((row) => { row.checked = all.checked; }));
});
