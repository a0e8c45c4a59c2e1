// Keys for the buttons of the review screen; steps of a bulk action go on by themselves.
const going = document.querySelector("form[data-review-going]");
if (going) going.submit();

if (document.querySelector("[data-review]")) {
  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest && event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable], dialog");
    if (busy && event.key === "Escape") event.target.blur();
    if (busy || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = event.key.toLowerCase();
    const wanted = /^[a-z]$/.test(key) && document.querySelector(`[data-key="${key}"]`);
    if (!wanted) return;
    event.preventDefault();
    if (wanted.tagName === "SELECT") wanted.focus();
    else wanted.click();
  });
}

// one decision a visit: a second press must not meet the next entry, nor begin the same work again
document.querySelectorAll("form.review-acts, form[data-review-once]").forEach((form) => {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });  // whoever comes back may press again
});
