// Everything works without this file; it only makes things quicker.
import htmx from "htmx.org";

htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;
htmx.config.scrollBehavior = "auto";
htmx.config.historyCacheSize = 0;
window.htmx = htmx;

// Refused forms (400, 409) are pages too: show them.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400 && event.detail.xhr.status < 500) {
    event.detail.shouldSwap = true;
  }
});

// Say the new number of results to who does not see the page.
document.body.addEventListener("htmx:afterSwap", (event) => {
  const summary = event.detail.target.querySelector("[data-announce]");
  const status = document.getElementById("status");
  if (summary && status) {
    status.textContent = summary.textContent.trim();
  }
});

// Filters on a wide screen are open; on a telephone the reader opens them.
const filters = document.querySelector("details.im-filters__toggle");
if (filters) {
  const wide = window.matchMedia("(min-width: 60em)");
  const follow = () => { filters.open = wide.matches || filters.dataset.active === "1"; };
  follow();
  wide.addEventListener("change", follow);
}

// A form is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) {
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  form.dataset.changed = "";
  window.setTimeout(() => { delete form.dataset.sent; }, 4000);
});

// Typed and not saved: ask before leaving.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) {
    form.dataset.changed = "1";
  }
});
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector('form[data-guard][data-changed="1"]')) {
    event.preventDefault();
  }
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const status = document.getElementById("status");
    button.textContent = "Gekopieerd";
    if (status) {
      status.textContent = "De link is gekopieerd.";
    }
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A page with an error starts at the list of errors.
document.querySelector("[data-focus]")?.focus();
