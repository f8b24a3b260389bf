// The desk by keyboard: arrows from slot to slot and from agenda to agenda, digits to an agenda,
// S and P to another day, ? for help. A poll that swaps the agendas keeps the place.
const columns = () => [...document.querySelectorAll("#care-desk [data-column]")];
const slotsOf = (column) => [...column.querySelectorAll("[data-slot]")];

function place() {
  const column = document.activeElement?.closest("[data-column]");
  return {
    column: columns().indexOf(column),
    slot: column ? slotsOf(column).indexOf(document.activeElement) : -1,
  };
}

function go(to, slot) {
  const all = columns().filter((column) => slotsOf(column).length > 0);
  if (all.length === 0) return;
  const column = all[Math.min(all.length - 1, Math.max(0, to))];
  const found = slotsOf(column);
  const target = found[Math.min(found.length - 1, Math.max(0, slot))];
  target.focus();
  target.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function press(key) {
  document.querySelector(`[data-key="${key}"]`)?.click();
}

const keys = {
  ArrowDown: (at) => go(at.column, at.slot + 1),
  ArrowUp: (at) => go(at.column, at.slot - 1),
  ArrowRight: (at) => go(at.column + 1, at.slot),
  ArrowLeft: (at) => go(at.column - 1, at.slot),
  s: () => press("s"),
  p: () => press("p"),
  "?": () => document.getElementById("desk-help")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, details[open]")) return;
  if (document.querySelector("dialog[open]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const digit = /^[1-6]$/.test(key) ? Number(key) : 0;
  const answer = digit ? () => go(digit - 1, 0) : keys[key];
  if (!answer) return;
  event.preventDefault();
  answer(place());
});

// The element that had the focus comes back under its id, or the nearest one at its place.
let kept = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "care-desk") return;
  const had = document.activeElement;
  kept = had?.closest("#care-desk") ? { id: had.id, ...place() } : null;
});
document.addEventListener("htmx:afterSettle", () => {
  if (!kept || document.activeElement !== document.body) return;
  const same = kept.id && document.getElementById(kept.id);
  if (same) same.focus();
  else go(kept.column, kept.slot);
  kept = null;
});
