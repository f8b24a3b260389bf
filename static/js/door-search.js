// Names at the door are found on the phone itself: what is typed is sent nowhere.
const box = document.getElementById("door-search");
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function filter(typed) {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const guest of document.querySelectorAll("#guests [data-name]")) {
    const name = fold(guest.dataset.name);
    guest.hidden = !words.every((word) => name.includes(word));
    if (!guest.hidden) shown += 1;
  }
  const none = document.getElementById("door-none");
  const sentence = document.getElementById("door-none-words").content.textContent;
  none.textContent = words.length > 0 && shown === 0 ? sentence : "";
}

if (box) {
  const input = document.getElementById("door-name");
  box.hidden = false;
  input.addEventListener("input", () => filter(input.value));
}
