/* The editor saves by itself while somebody writes. A button pressed meanwhile would send a new page a second time, and
   the page would be refused: its own draft has taken its address. So what was pressed waits until the draft is saved, and
   no draft is saved behind it. */
(() => {
  let saving = false;
  let pressed = null;
  let sent = false;

  document.addEventListener("w-autosave:save", (event) => {
    if (sent) event.preventDefault();
    // others may forbid it too, and then nothing tells of its end
    queueMicrotask(() => { saving = !event.defaultPrevented; });
  });

  const send = () => {
    saving = false;
    if (!pressed) return;
    const { form, button } = pressed;
    pressed = null;
    // a button that shows progress is disabled, and would not be sent with its form
    const disabled = button?.disabled;
    if (button) button.disabled = false;
    form.requestSubmit(button);
    if (button) button.disabled = disabled;
  };
  document.addEventListener("w-autosave:success", send);
  document.addEventListener("w-autosave:error", send);

  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-edit-form]")) return;
    if (saving) {
      event.preventDefault();
      event.stopImmediatePropagation();
      pressed = { form, button: event.submitter };
    } else {
      sent = true;
      setTimeout(() => { sent = !event.defaultPrevented; });
    }
  }, { capture: true });
  window.addEventListener("pageshow", () => { sent = false; });  // somebody came back to it
})();
