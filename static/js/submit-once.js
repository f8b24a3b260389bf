// A second click on a form that is already leaving does nothing; coming Back, or 8 s, frees it.
const FREED_AFTER_MS = 8000;
const leaving = new Set();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (leaving.has(form)) return event.preventDefault();
  leaving.add(form);
  setTimeout(() => leaving.delete(form), FREED_AFTER_MS);
});

window.addEventListener("pageshow", () => leaving.clear());
