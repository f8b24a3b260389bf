// The queue by keyboard: J K to move, Enter to open, A R N to act, / to search, ? for help.
const rows = () => [...document.querySelectorAll("#queue tr[data-reference]")];
const links = () => rows().map((row) => row.querySelector("a.nm"));

function isTyping(target) {
  return target.closest("input, select, textarea, [contenteditable]") !== null;
}

function step(by) {
  const all = links();
  if (all.length === 0) return;
  const focused = all.indexOf(document.activeElement);
  const open = rows().findIndex((row) => row.getAttribute("aria-selected") === "true");
  const from = focused >= 0 ? focused : open;
  const to = from < 0 ? 0 : Math.min(all.length - 1, Math.max(0, from + by));
  all[to].focus();
  all[to].scrollIntoView({ block: "nearest" });
}

function act(key) {
  const target = document.querySelector(`#detail [data-key="${key}"]`);
  if (target) target.click();
  return target !== null;
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  a: () => act("a"),
  r: () => act("r"),
  n: () => act("n"),
  "/": () => document.getElementById("search")?.focus(),
  "?": () => document.getElementById("keys-help")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const answer = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!answer) return;
  event.preventDefault();
  answer();
});

// A link to a folded form opens it and puts the cursor in it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-opens]");
  if (!link) return;
  event.preventDefault();
  document.getElementById(link.dataset.opens).open = true;
  const field = document.querySelector(link.getAttribute("href"));
  field.focus();
  field.scrollIntoView({ block: "center" });
});

// The open request's row stays marked and the rail tells the count, whichever half was swapped.
function mark() {
  const waiting = document.querySelector("#queue .seg b");
  const told = document.querySelector(".rail [aria-current] span");
  if (waiting && told) told.textContent = waiting.textContent;
  const open = document.getElementById("detail")?.dataset.reference;
  for (const row of rows()) {
    if (row.dataset.reference === open) row.setAttribute("aria-selected", "true");
    else row.removeAttribute("aria-selected");
  }
}

document.addEventListener("htmx:afterSettle", (event) => {
  mark();
  const detail = document.getElementById("detail");
  if (event.detail.elt !== detail) return;
  const errors = document.getElementById("error-summary");
  if (errors) {
    errors.focus();
  } else if (!isTyping(document.activeElement)) {
    detail.focus({ preventScroll: true });
    document.title = document.title.replace(/^[^·]*/, `${detail.dataset.title} `);
  }
});
