// The map under hand and keys: drag, wheel, pinch, + and −, a search that lights while typing, arrows from concept to concept.
// Rule: what is chosen lives in the address and is drawn by the server; this script only fetches that page and swaps it in.

const graph = document.getElementById("graph");
const field = document.getElementById("q");
const found = document.getElementById("found");
const LEAST = 0.12;
const MOST = 3;
const PAN = 90;

let zoom = document.documentElement.hasAttribute("data-large") ? 1.35 : 1;
let at = -1; // which match Enter went to
let ticket = 0; // the newest fetch; an older answer is dropped

const by = (id) => document.getElementById(id);
const nodes = () => [...graph.querySelectorAll("a.node")];
const shows = (part) => part && getComputedStyle(part).display !== "none";
const listed = () => shows(by("list"));

function size() {
  const map = by("map");
  map.style.width = `${map.dataset.width * zoom}px`;
  map.style.height = `${map.dataset.height * zoom}px`;
  map.style.setProperty("--back", Math.max(1, 1 / zoom)); // letters shrink less than the map
}

function zoomTo(wanted, x = by("window").clientWidth / 2, y = by("window").clientHeight / 2) {
  const frame = by("window");
  const next = Math.min(MOST, Math.max(LEAST, wanted));
  const [left, top] = [(frame.scrollLeft + x) / zoom, (frame.scrollTop + y) / zoom];
  zoom = next;
  size();
  frame.scrollTo({ left: left * zoom - x, top: top * zoom - y, behavior: "instant" });
}

function zoomAll() {
  const [frame, map] = [by("window"), by("map")];
  zoomTo(Math.min(frame.clientWidth / map.dataset.width, frame.clientHeight / map.dataset.height));
}

/** Scroll the map, and not the page, so that a concept stands in its middle. */
function centre(node) {
  const frame = by("window");
  const [box, seen] = [node.getBoundingClientRect(), frame.getBoundingClientRect()];
  const left = frame.scrollLeft + box.left - seen.left - (frame.clientWidth - box.width) / 2;
  const top = frame.scrollTop + box.top - seen.top - (frame.clientHeight - box.height) / 2;
  frame.scrollTo({ left, top, behavior: "instant" });
}

function isSeen(node) {
  const [box, seen] = [node.getBoundingClientRect(), by("window").getBoundingClientRect()];
  return box.left >= seen.left && box.right <= seen.right && box.top >= seen.top && box.bottom <= seen.bottom;
}

/** One concept of the map takes part in the tab order: the one last gone to, else the chosen one, else the first. */
function rove(node) {
  for (const one of nodes()) one.setAttribute("tabindex", "-1");
  if (node) node.setAttribute("tabindex", "0");
}

function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

function search() {
  const wanted = folded(field.value);
  const hit = (one) => wanted !== "" && one.dataset.words.includes(wanted);
  for (const one of nodes()) one.classList.toggle("is-hit", hit(one));
  for (const row of by("list").querySelectorAll("li[data-words]")) row.hidden = wanted !== "" && !hit(row);
  const count = nodes().filter(hit).length;
  at = -1;
  for (const one of graph.querySelectorAll(".is-at")) one.classList.remove("is-at");
  found.textContent = wanted === "" ? "" : count ? found.dataset.found.replace("{n}", count) : found.dataset.none;
}

function matches() {
  return listed() ? [...by("list").querySelectorAll("li[data-words]:not([hidden])")] : nodes().filter((one) => one.classList.contains("is-hit"));
}

/** Enter in the search goes to the next match; the words stay where they are. */
function nextMatch() {
  const some = matches();
  if (!some.length) return;
  for (const one of graph.querySelectorAll(".is-at")) one.classList.remove("is-at");
  at = (at + 1) % some.length;
  const one = some[at];
  one.classList.add("is-at");
  if (listed()) {
    one.scrollIntoView({ block: "center" });
  } else {
    centre(one);
    rove(one);
  }
  found.textContent = `${at + 1}/${some.length}: ${(one.querySelector("a, text:last-of-type") ?? one).textContent}`;
}

/** Show another address of this page: the server draws it, zoom and place stay. */
async function show(url, { push = true, to = "" } = {}) {
  const mine = ++ticket;
  const frame = by("window");
  const [left, top, place] = [frame.scrollLeft, frame.scrollTop, by("map").getAttribute("viewBox")];
  const focused = document.activeElement?.id ?? "";
  let page;
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    location.assign(url);
    return;
  }
  if (mine !== ticket) return;
  const [next, view] = [page.getElementById("picked"), page.getElementById("graph").dataset.view];
  const wanted = new URL(url, location.href).searchParams.get("view") ? view : graph.dataset.view;
  by("picked").replaceWith(document.adoptNode(next));
  graph.dataset.view = wanted;
  if (push) history.pushState({}, "", url);
  ready();
  if (by("map").getAttribute("viewBox") === place) by("window").scrollTo({ left, top, behavior: "instant" });
  search();
  const target = by(to) ?? by(focused) ?? by("beside");
  target.focus({ preventScroll: !to });
  if (target.matches("a.node") && !isSeen(target)) centre(target);
}

function clicked(event) {
  const link = event.target.closest("a");
  if (!link || !graph.contains(link) || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (dragged) return event.preventDefault();
  if (link.matches(".graph-to-map, .graph-to-list")) {
    event.preventDefault();
    graph.dataset.view = link.matches(".graph-to-map") ? "map" : "list";
    if (!listed()) size();
  } else if (link.matches(".soft")) {
    event.preventDefault();
    const url = link.href.baseVal ?? link.getAttribute("href");
    const isNode = link.matches("a.node");
    show(url.replace(/&?view=(map|list)/, "").replace("?&", "?").replace(/\?$/, "").replace(/#.*/, ""), { to: isNode ? link.id : "beside" });
  }
}

function submitted(event) {
  event.preventDefault();
  if (event.target.matches(".graph-bar")) return nextMatch();
  const goal = event.target.elements.goal.value;
  const url = new URL(location.href);
  for (const key of ["goal", "view"]) url.searchParams.delete(key);
  if (goal) url.searchParams.set("goal", goal);
  show(url.pathname + url.search, { to: "beside" });
}

/** From a concept with the arrows: to the nearest concept in that direction. */
function neighbour(node, key) {
  const middle = (one) => {
    const box = one.querySelector(".dot").getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const [x, y] = middle(node);
  const [ax, ay] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let [best, least] = [null, Infinity];
  for (const one of nodes()) {
    const [ox, oy] = middle(one);
    const ahead = (ox - x) * ax + (oy - y) * ay;
    const aside = Math.abs((ox - x) * ay) + Math.abs((oy - y) * ax);
    if (ahead > 2 && ahead + aside * 2.5 < least) [best, least] = [one, ahead + aside * 2.5];
  }
  return best;
}

function goTo(node) {
  if (!node) return;
  rove(node);
  node.focus({ preventScroll: true });
  if (!isSeen(node)) centre(node);
}

function pressed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || !event.target.closest("#window")) return;
  const node = event.target.closest("a.node");
  const frame = by("window");
  const arrow = event.key.startsWith("Arrow");
  if (event.key === "+" || event.key === "=") zoomTo(zoom * 1.25);
  else if (event.key === "-" || event.key === "_") zoomTo(zoom / 1.25);
  else if (event.key === "0") zoomAll();
  else if (event.key === "/") field.focus();
  else if (arrow && node && !event.shiftKey) goTo(neighbour(node, event.key));
  else if (arrow) frame.scrollBy({ left: PAN * ((event.key === "ArrowRight") - (event.key === "ArrowLeft")), top: PAN * ((event.key === "ArrowDown") - (event.key === "ArrowUp")), behavior: "instant" });
  else if (event.key === "g" && node) show(by("window").dataset.goal.replace("GOAL", node.id.slice(2)), { to: node.id });
  else if (event.key === "Escape" && node) frame.focus();
  else return;
  event.preventDefault();
}

let held = null;
let dragged = false;

function hold(event) {
  dragged = false;
  if (event.pointerType === "touch" || event.button) return;
  held = { x: event.clientX, y: event.clientY, left: by("window").scrollLeft, top: by("window").scrollTop };
}

function drag(event) {
  if (!held) return;
  const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
  if (!dragged && Math.hypot(dx, dy) < 5) return;
  dragged = true;
  by("window").classList.add("is-held");
  by("window").scrollTo({ left: held.left - dx, top: held.top - dy, behavior: "instant" });
}

function release() {
  held = null;
  document.querySelector(".is-held")?.classList.remove("is-held");
}

function wheel(event) {
  if (event.shiftKey) return;
  event.preventDefault();
  const seen = by("window").getBoundingClientRect();
  zoomTo(zoom * Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.clientX - seen.left, event.clientY - seen.top);
}

let pinch = 0;

function touch(event) {
  if (event.touches.length !== 2) {
    pinch = 0;
    return;
  }
  event.preventDefault();
  const [a, b] = event.touches;
  const apart = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  const seen = by("window").getBoundingClientRect();
  if (pinch) zoomTo((zoom * apart) / pinch, (a.clientX + b.clientX) / 2 - seen.left, (a.clientY + b.clientY) / 2 - seen.top);
  pinch = apart;
}

function ready() {
  const frame = by("window");
  size();
  document.querySelector(".graph-zoom").hidden = false;
  by("zoom-in").addEventListener("click", () => zoomTo(zoom * 1.25));
  by("zoom-out").addEventListener("click", () => zoomTo(zoom / 1.25));
  by("zoom-all").addEventListener("click", zoomAll);
  frame.addEventListener("pointerdown", hold);
  frame.addEventListener("wheel", wheel, { passive: false });
  for (const kind of ["touchstart", "touchmove", "touchend"]) frame.addEventListener(kind, touch, { passive: false });
  frame.addEventListener("dragstart", (event) => event.preventDefault());
  rove(graph.querySelector("a.node.is-chosen") ?? graph.querySelector("a.node.is-goal") ?? nodes()[0]);
}

graph.addEventListener("click", clicked);
graph.addEventListener("submit", submitted);
graph.addEventListener("keydown", pressed);
field.addEventListener("input", search);
field.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  field.value = "";
  search();
});
document.addEventListener("pointermove", drag);
document.addEventListener("pointerup", release);
window.addEventListener("popstate", () => show(location.href, { push: false }));
ready();
const first = graph.querySelector("a.node:is(.is-chosen, .is-goal, .is-hit)");
if (first) centre(first);
