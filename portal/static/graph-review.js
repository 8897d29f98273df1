// Keys for reviewing suggestions. Rule: the forms alone say what is sent; decisions go out one after another, and the answer's own piece
// of page takes the card's place; nothing is shown as kept before the server says so. A form that was refused stays as it is, open, with its words.

const list = document.getElementById("suggestions");
const told = document.getElementById("told");
const keys = document.getElementById("keys");

let here = null;
let sending = Promise.resolve();
const done = []; // keys decided on this page, the newest last

const cards = () => [...list.querySelectorAll(".suggestion")];
const byKey = (key) => cards().find((card) => card.dataset.key === key);
const typing = (target) => target.matches("input:not([type=hidden]), textarea, select, [contenteditable]");

function go(card) {
  if (!card) return;
  here?.classList.remove("is-here");
  here = card;
  card.classList.add("is-here");
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
  const box = card.getBoundingClientRect();
  if (box.top < 0 || box.height > window.innerHeight) card.scrollIntoView({ block: "start" });
}

function step(by) {
  const some = cards();
  const at = here?.contains(document.activeElement) ? some.indexOf(here) : some.indexOf(here) - (by > 0);
  go(some[Math.min(some.length - 1, Math.max(0, at + by))]);
}

/** The next card that nothing was decided about. */
function onward(from) {
  const some = cards();
  const rest = some.slice(some.indexOf(from) + 1);
  const next = rest.find((card) => !card.matches(".is-decided, .is-moot, .is-sent"));
  if (next) go(next);
  else document.getElementById("next-page")?.focus();
}

function put(card, answer) {
  if (!answer.html) return card;
  const box = document.createElement("template");
  box.innerHTML = answer.html;
  const fresh = box.content.querySelector(".suggestion");
  const [was, focused] = [here === card, card.contains(document.activeElement)];
  card.replaceWith(fresh);
  if (was) here = fresh;
  fresh.classList.toggle("is-here", was);
  if (was && focused) go(fresh);
  return fresh;
}

function tell(card, answer) {
  for (const one of cards()) one.classList.toggle("is-moot", answer.moot.includes(one.dataset.key));
  const state = card.querySelector(".suggestion-state");
  told.textContent = answer.error ? answer.error.message : (state?.textContent.trim() ?? "");
  for (const [name, words] of Object.entries(answer.tabs)) {
    const tab = document.querySelector(`.tabs [data-count="${name}"]`);
    if (tab) tab.textContent = words;
  }
}

const unfolded = (form) => form.closest("details[data-do]");

function untold(form) {
  form.querySelector(".notice-bad")?.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    const hint = document.getElementById(`${field.id}-hint`);
    if (hint) field.setAttribute("aria-describedby", hint.id);
    else field.removeAttribute("aria-describedby");
  }
}

/** Whether somebody is writing in another form than one in `card`; the keys then stay there. */
const elsewhere = (card) => typing(document.activeElement) && !card.contains(document.activeElement);

/** Says beside the field why it was refused; the form stays open with what was written, and the keys go on into it. */
function refuse(form, words, name) {
  untold(form);
  const all = [...form.querySelectorAll("input:not([type=hidden]), textarea")];
  const field = all.find((one) => one.name === name) ?? all.find((one) => one === document.activeElement) ?? all[0];
  const box = document.createElement("p");
  box.className = "notice notice-bad";
  box.id = `${field.id}-error`;
  box.setAttribute("role", "alert");
  box.textContent = words;
  field.after(box);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), box.id].filter(Boolean).join(" "));
  unfolded(form).open = true;
  if (!elsewhere(form.closest(".suggestion"))) field.focus();
}

/** The same form on the newer piece of page, with what was written in the old one; null where there is none any more. */
function rewritten(form, fresh) {
  const same = fresh.querySelector(`details[data-do="${unfolded(form).dataset.do}"] form`);
  for (const field of same?.querySelectorAll("input:not([type=hidden]), textarea") ?? []) {
    field.value = form.elements.namedItem(field.name)?.value ?? field.value;
  }
  return same;
}

function answered(form, kind, key, said) {
  let card = byKey(key);
  const box = said.error && unfolded(form);
  const isStale = !said.html.includes(`name="seen" value="${form.elements.seen.value}"`);
  if (!box || isStale) card = put(card, said);
  card.classList.remove("is-sent");
  if (!said.error && kind === "undo") done.splice(done.lastIndexOf(key), done.includes(key) ? 1 : 0);
  else if (!said.error) done.push(key);
  tell(card, said);
  const again = box && (isStale ? rewritten(form, card) : form);
  if (again) refuse(again, `${said.error.message} ${said.error.next}`, said.error.field);
  else if ((said.error || kind === "undo") && !elsewhere(card)) go(card);
  else if (unfolded(form) && kind !== "edit" && here === card) onward(card);
}

async function post(form, kind, key) {
  const body = new URLSearchParams(new FormData(form));
  body.set("kind", kind);
  let card = byKey(key);
  card.classList.add("is-sent");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = answer.headers.get("content-type")?.includes("json") ? await answer.json() : { error: { message: list.dataset.again } };
    if (!said.moot) throw new Error(said.error?.message ?? String(answer.status));
    answered(form, kind, key, said);
  } catch (error) {
    card = byKey(key);
    card.classList.remove("is-sent");
    told.textContent = `${list.dataset.failed} ${error.message}`;
    if (unfolded(form)) return refuse(form, told.textContent, "");
    const words = document.createElement("p");
    words.className = "notice notice-bad";
    words.setAttribute("role", "alert");
    words.textContent = told.textContent;
    card.querySelector("h2").after(words);
    if (!elsewhere(card)) go(card);
  }
}

function send(form, kind) {
  const card = form.closest(".suggestion");
  if (card.classList.contains("is-sent")) return;
  const key = card.dataset.key;
  card.classList.add("is-sent");
  if (unfolded(form)) untold(form); // it stays open until the server has taken it
  else if (kind !== "undo") onward(card);
  sending = sending.then(() => post(form, kind, key));
}

function submitted(event) {
  const form = event.target;
  if (!form.closest(".suggestion")) return;
  event.preventDefault();
  send(form, event.submitter?.value ?? form.querySelector("button[name=kind]").value);
}

function press(what) {
  here?.querySelector(`button[data-do="${what}"]`)?.click();
}

function unfold(what) {
  const box = here?.querySelector(`details[data-do="${what}"]`);
  if (!box) return;
  box.open = true;
  box.querySelector("input:not([type=hidden]), textarea").focus();
}

function undo() {
  const key = here?.classList.contains("is-decided") ? here.dataset.key : done.at(-1);
  const card = key && byKey(key);
  const button = card?.querySelector('button[data-do="undo"]');
  if (button) send(button.form, "undo");
  else told.textContent = list.dataset.nothing;
}

function help() {
  keys.open = !keys.open;
  keys.querySelector("summary").focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  a: () => press("accept"),
  r: () => press("reject"),
  e: () => unfold("edit"),
  m: () => unfold("merge"),
  u: undo,
  n: () => document.getElementById("next-page")?.click(),
  "?": help,
};

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape" && here && event.target.closest("details")) {
    event.target.closest("details").open = false;
    go(here);
  } else if (!typing(event.target) && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});
list.addEventListener("submit", submitted);
list.addEventListener("focusin", (event) => {
  const card = event.target.closest(".suggestion");
  if (!card || card === here) return;
  here?.classList.remove("is-here");
  here = card;
  card.classList.add("is-here");
});
document.getElementById("next-page").addEventListener("click", async (event) => {
  event.preventDefault();
  const to = event.currentTarget.href;
  await sending; // what was decided is kept before the page is left
  if (!list.querySelector(".is-sent")) location.assign(to);
});
window.addEventListener("beforeunload", (event) => {
  if (list.querySelector(".is-sent")) event.preventDefault();
});
// The first card takes the keys at once, but neither focus nor the page's place.
here = cards()[0] ?? null;
here?.classList.add("is-here");
