// The only script: all but the print button and the question before one leaves works without it.
for (const button of document.querySelectorAll("button.print")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Links to sites that are not the government's ask first (domain rule PG-11).
const official = /(^|\.)(gov\.cn|mil\.cn|conac\.cn|xn--zfr164b|xn--55qw42g)$/;
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || !/^https?:$/.test(link.protocol)) return;
  if (link.hostname === location.hostname || official.test(link.hostname)) return;
  if (!window.confirm(document.body.dataset.leaving)) event.preventDefault();
});
