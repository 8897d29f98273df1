// Keys and saving by itself for marking a question. Rule: the form alone says what is saved; a mark that somebody else changed is
// never overwritten unseen; leaving the page saves what is chosen.

const form = document.getElementById("mark");
const saved = document.getElementById("saved");
const points = form.elements.points;
const comment = form.elements.comment;
const items = [...form.querySelectorAll('input[name="item"]')];
const most = Number(form.dataset.most);
const WAIT_MS = 700;

let timer = 0;
let sending = null;
let isOpen = false; // something is chosen that is not saved yet
let isDraft = false; // saved by itself, but not yet for good
let isTaken = false;

function ofRubric() {
  const chosen = items.filter((one) => one.checked).map((one) => Number(one.dataset.points));
  if (!chosen.length) return "";
  const begin = items.some((one) => Number(one.dataset.points) > 0) ? 0 : most;
  const sum = chosen.reduce((a, b) => a + b, begin);
  return String(Math.round(Math.min(most, Math.max(0, sum)) * 1e6) / 1e6);
}

function body(draft) {
  const data = new URLSearchParams(new FormData(form));
  if (draft) data.set("draft", "1");
  return data;
}

async function send(draft) {
  clearTimeout(timer);
  if (sending) await sending.catch(() => {});
  isOpen = false;
  saved.textContent = form.dataset.saving;
  sending = fetch(form.action, { method: "POST", body: body(draft), headers: { Accept: "application/json" } });
  try {
    const answer = await sending;
    const told = await answer.json();
    if (answer.status === 409 && told.taken) {
      isTaken = true;
      form.elements.version.value = told.version;
      saved.textContent = form.dataset.taken.replace("{name}", told.by).replace("{points}", told.points ?? "–").replace("{comment}", told.comment || "–");
      return false;
    }
    if (!answer.ok) throw new Error(told.error ? told.error.message : String(answer.status));
    [isTaken, isDraft] = [false, draft];
    form.elements.version.value = told.version;
    saved.textContent = form.dataset.saved;
    return true;
  } catch (error) {
    isOpen = true;
    saved.textContent = `${form.dataset.failed} ${error.message}`;
    return false;
  } finally {
    sending = null;
  }
}

function changed() {
  isOpen = true;
  clearTimeout(timer);
  // After a conflict only a deliberate save goes out.
  if (!isTaken) timer = setTimeout(() => send(true), WAIT_MS);
}

async function go(rel) {
  const link = document.querySelector(`a[rel="${rel}"]`);
  if ((isOpen || isDraft) && !(await send(false))) return;
  if (link) location.assign(link.href);
}

const typing = (target) => target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

const KEYS = {
  j: () => go("next"),
  ArrowRight: () => go("next"),
  k: () => go("prev"),
  ArrowLeft: () => go("prev"),
  c: () => comment.focus(),
};

function pressed(event) {
  if (event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) {
    event.target.blur();
  } else if (event.key === "Enter" && (event.ctrlKey || event.target === points || event.target === document.body || items.includes(event.target))) {
    event.preventDefault();
    form.requestSubmit();
  } else if (!event.ctrlKey && !typing(event.target)) {
    const item = /^[1-9]$/.test(event.key) ? items[Number(event.key) - 1] : null;
    if (item) item.click();
    else if (KEYS[event.key]) KEYS[event.key]();
    else return;
    event.preventDefault();
  }
}

form.addEventListener("change", (event) => {
  if (items.includes(event.target)) points.value = ofRubric();
});
form.addEventListener("input", changed);
form.addEventListener("submit", () => {
  clearTimeout(timer);
  isOpen = isDraft = false;
});
document.addEventListener("keydown", pressed);
window.addEventListener("pagehide", () => {
  if ((isOpen || isDraft) && !isTaken) navigator.sendBeacon(form.action, body(false));
});
