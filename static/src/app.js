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
  enliven(event.detail.target);
});

// What the reader opened or closed among the filters stays so when new counts come in. It is
// done before they are put in place: focus cannot return into something closed.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  for (const part of event.detail.fragment.querySelectorAll("details[id]")) {
    const now = document.getElementById(part.id);
    if (now) {
      part.open = now.open;
    }
  }
});

// On a wide screen the filters are open; on a telephone the reader opens them, and the button
// in them leads to the results.
const wide = window.matchMedia("(min-width: 60em)");
const openFilters = () => {
  const filters = document.getElementById("filters-tonen");
  if (filters && wide.matches) {
    filters.open = true;
  }
};
openFilters();
wide.addEventListener("change", openFilters);
document.getElementById("zoekformulier")?.addEventListener("submit", () => {
  const filters = document.getElementById("filters-tonen");
  if (filters?.open && !wide.matches) {
    filters.open = false;
    document.querySelector("[data-announce]")?.focus();
  }
});

// Words of the register that begin like what is typed.
for (const input of document.querySelectorAll("input[data-suggest]")) {
  let waiting;
  input.addEventListener("input", (event) => {
    window.clearTimeout(waiting);
    const typed = input.value.trim();
    if (typed.length < 2 || event.inputType === "insertReplacementText") {
      return;
    }
    waiting = window.setTimeout(async () => {
      const url = `${input.dataset.suggest}?q=${encodeURIComponent(typed)}`;
      const answer = await fetch(url, { credentials: "same-origin" });
      if (answer.ok) {
        const options = (await answer.json()).map((word) => {
          const option = document.createElement("option");
          option.value = word;
          return option;
        });
        input.list.replaceChildren(...options);
      }
    }, 250);
  });
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

// Buttons that need a script are shown by one.
function enliven(part) {
  for (const button of part.querySelectorAll("[data-copy]")) {
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
  for (const button of part.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
enliven(document);

// A page with an error starts at the list of errors.
document.querySelector("[data-focus]")?.focus();
