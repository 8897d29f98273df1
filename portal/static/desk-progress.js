// Shows how far grading or a preview is and draws the page anew when it ends. Rule: only counts are written; the server draws the rest.

const EVERY_MS = 2000;
const box = document.querySelector("[data-progress]");

async function look() {
  const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const told = await answer.json();
  const bar = box.querySelector("progress");
  const words = box.querySelector(".gauge-words");
  words.textContent = words.textContent.replace(box.dataset.done, "\u0000").replace(box.dataset.total, told.total).replace("\u0000", told.done);
  [box.dataset.done, box.dataset.total] = [told.done, told.total];
  [bar.value, bar.max] = [told.done, Math.max(told.total, 1)];
  const ended = told.state ? !["waiting", "running"].includes(told.state) : told.done >= told.total;
  if (ended) location.reload();
}

function watch() {
  look().catch(() => {}).finally(() => setTimeout(watch, EVERY_MS));
}

if (box) setTimeout(watch, EVERY_MS);
