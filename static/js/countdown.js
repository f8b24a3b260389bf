// Counts down from what the server told, by the browser's steady clock and not its time of day;
// the database decides. One minute before the end, and at the end, it is said aloud once.
const began = new WeakMap();

function shown(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return minutes ? `${minutes}\u00a0min\u00a0${String(rest).padStart(2, "0")}\u00a0s` : `${rest}\u00a0s`;
}

function say(timer, what) {
  const voice = document.querySelector("[data-countdown-say]");
  if (!voice || timer.dataset.said === what) return;
  timer.dataset.said = what;
  voice.textContent = voice.dataset[what];
}

function tick() {
  for (const timer of document.querySelectorAll("[data-seconds]")) {
    if (!began.has(timer)) began.set(timer, performance.now());
    const spent = (performance.now() - began.get(timer)) / 1000;
    const left = Math.max(0, Math.ceil(Number(timer.dataset.seconds) - spent));
    timer.textContent = left ? shown(left) : timer.dataset.over;
    timer.closest(".hold")?.classList.toggle("is-soon", left > 0 && left <= 60);
    timer.closest(".hold")?.classList.toggle("is-over", left === 0);
    if (left === 0) say(timer, "over");
    else if (left <= 60) say(timer, "minute");
  }
}

tick();
setInterval(tick, 1000);
