/* The picker of dates makes a button for each field that it never shows; its English name is nothing to be read aloud. */
new MutationObserver(() => {
  for (const button of document.querySelectorAll(".xdsoft_save_selected")) button.remove();
}).observe(document.body, { childList: true });
