// The board asks for itself only while somebody looks at it, at once when one comes back to it,
// and says how long ago it was last known to be true.
const SECOND = 1000;
let truth = performance.now();

function board() {
  return document.getElementById("slot-board");
}

function tellAge() {
  const age = document.getElementById("slot-age");
  if (!age) return;
  const seconds = Math.round((performance.now() - truth) / SECOND);
  const { now, secondsAgo, minutesAgo } = age.dataset;
  if (seconds < 5) age.textContent = now;
  else if (seconds < 90) age.textContent = secondsAgo.replace("#", seconds - (seconds % 5));
  else age.textContent = minutesAgo.replace("#", Math.floor(seconds / 60));
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt === board() && document.hidden) event.preventDefault();
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.elt.matches("#slot-board")) return;
  if (event.detail.successful || event.detail.xhr.status === 304) truth = performance.now();
  tellAge();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) window.htmx.trigger(board(), "slots-asked");
});

setInterval(tellAge, 5 * SECOND);
