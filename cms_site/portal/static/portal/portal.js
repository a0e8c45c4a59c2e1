// The only script: all but the print button and the question before one leaves works without it.
for (const button of document.querySelectorAll("button.print")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Links to sites that are not the government's ask first (domain rule PG-11).
const official = document.body.dataset.official.split(" ");
const leads = (host, known) => host === known || host.endsWith("." + known);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || !/^https?:$/.test(link.protocol)) return;
  const host = link.hostname.replace(/\.$/, "");
  if (host === location.hostname || official.some((known) => leads(host, known))) return;
  if (!window.confirm(document.body.dataset.leaving)) event.preventDefault();
});
