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

// The toolbox ------------------------------------------------------------------------------

// A follow-up question is shown after the answer it belongs to.
const showFollowUps = () => {
  for (const follow of document.querySelectorAll("[data-when-is]")) {
    const name = `${follow.dataset.when}:antwoord`;
    const chosen = document.querySelector(`input[name="${name}"]:checked`);
    follow.hidden = !chosen || chosen.value !== follow.dataset.whenIs;
  }
};
if (document.querySelector("[data-when-is]")) {
  document.addEventListener("change", showFollowUps);
}

// Without an account answers stay in this browser, per question as {field: [values]}.
const LOCAL = "toolbox-antwoorden";
const readLocal = () => {
  try {
    return JSON.parse(window.localStorage.getItem(LOCAL) || "{}") || {};
  } catch {
    return {};
  }
};
const writeLocal = (kept) => {
  try {
    window.localStorage.setItem(LOCAL, JSON.stringify(kept));
  } catch {
    // A browser without room or permission keeps nothing; the page works all the same.
  }
};
const fieldsOf = (box) => {
  const start = `${box.dataset.local}:`;
  const found = {};
  for (const input of box.querySelectorAll("input[name], textarea[name]")) {
    const ticks = input.type === "radio" || input.type === "checkbox";
    if (input.name.startsWith(start) && input.value && (!ticks || input.checked)) {
      (found[input.name.slice(start.length)] ||= []).push(input.value);
    }
  }
  return found;
};
for (const box of document.querySelectorAll("[data-local]")) {
  const kept = readLocal()[box.dataset.local] || {};
  for (const input of box.querySelectorAll("input[name], textarea[name]")) {
    const values = kept[input.name.slice(box.dataset.local.length + 1)];
    if (values && (input.type === "radio" || input.type === "checkbox")) {
      input.checked = values.includes(input.value);
    } else if (values) {
      input.value = values[0];
    }
  }
  const keep = () => {
    const all = readLocal();
    const fields = fieldsOf(box);
    if (Object.keys(fields).length) {
      all[box.dataset.local] = fields;
    } else {
      delete all[box.dataset.local];
    }
    writeLocal(all);
  };
  box.addEventListener("input", keep);
  box.addEventListener("change", keep);
}
showFollowUps();

// They move along into a workbook when their writer says so.
if (document.querySelector("[data-local-taken]")) {
  window.localStorage.removeItem(LOCAL);
}
const offer = document.querySelector("[data-local-offer]");
const waiting = Object.keys(readLocal()).length;
if (offer && waiting) {
  offer.hidden = false;
  offer.querySelector("input[name=antwoorden]").value = JSON.stringify(readLocal());
  offer.querySelector("[data-local-count]").textContent =
    waiting === 1 ? "Het is 1 antwoord." : `Het zijn ${waiting} antwoorden.`;
  offer.querySelector("[data-local-forget]").addEventListener("click", () => {
    window.localStorage.removeItem(LOCAL);
    offer.hidden = true;
  });
}

// A box of a team diagram can be dragged; its place goes into the form, which saves itself, and
// the answer brings the drawing anew.
let held = null;
const placeIn = (svg, event) => {
  const frame = svg.getBoundingClientRect();
  const within = (value, top) => Math.round(Math.min(Math.max(value, 0), Number(top)));
  const { width, height } = svg.dataset;
  return [
    within(((event.clientX - frame.left) / frame.width) * width, width),
    within(((event.clientY - frame.top) / frame.height) * height, height),
  ];
};
document.addEventListener("pointerdown", (event) => {
  held = event.target.closest("[data-drag] [data-party]");
  if (held) {
    event.preventDefault();
  }
});
document.addEventListener("pointermove", (event) => {
  if (held) {
    const [x, y] = placeIn(held.ownerSVGElement, event);
    held.setAttribute("transform", `translate(${x - held.dataset.x} ${y - held.dataset.y})`);
  }
});
document.addEventListener("pointerup", (event) => {
  if (!held) {
    return;
  }
  const form = document.getElementById(held.closest("[data-drag]").dataset.drag);
  const inputs = ["x", "y"].map((axis) => form.querySelector(`input[name$=":${axis}-${held.dataset.party}"]`));
  placeIn(held.ownerSVGElement, event).forEach((value, index) => { inputs[index].value = value; });
  inputs[0].dispatchEvent(new Event("change", { bubbles: true }));
  held = null;
});
