// Small helps of the hub's pages: every page works without them but for the progress bar and the list of accounts.
// Rule: texts come from the page, never from here; nothing is put in as HTML but the hub's own progress messages.

const body = document.body.dataset;

function all(selector) {
  return document.querySelectorAll(selector);
}

/** Call the hub's API; resolves to the response, rejects when the hub refuses. */
async function api(path, method = "GET") {
  const glue = path.includes("?") ? "&" : "?";
  const url = `${body.base}api/${path}${glue}_xsrf=${encodeURIComponent(body.xsrf)}`;
  const answer = await fetch(url, { method, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
  return answer;
}

function sayFault() {
  for (const place of all("[data-says-fault]")) place.hidden = false;
}

function showPasswords(box) {
  const fields = box.closest("form").querySelectorAll('input[type="password"]');
  box.addEventListener("change", () => {
    for (const field of fields) field.type = box.checked ? "text" : "password";
  });
}

function askGuardian(part) {
  const bands = all('input[name="age_band"]');
  const update = () => {
    part.hidden = document.querySelector('input[name="age_band"]:checked')?.value !== "under14";
  };
  for (const band of bands) band.addEventListener("change", update);
  update();
}

function stopServer(button) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await api(`users/${encodeURIComponent(button.dataset.stops)}/server`, "DELETE");
      window.location.assign(button.dataset.then);
    } catch {
      button.disabled = false;
      sayFault();
    }
  });
}

function followProgress(place) {
  const source = new EventSource(place.dataset.progress);
  const bar = document.getElementById("progress-bar");
  const message = document.getElementById("progress-message");
  source.onmessage = (event) => {
    const said = JSON.parse(event.data);
    if (said.progress !== undefined) bar.value = said.progress;
    if (said.failed) {
      // The page of the failed start says why, in the reader's language.
      source.close();
      window.location.reload();
      for (const part of all("[data-when-failed]")) part.hidden = false;
    } else if (said.ready) {
      source.close();
      window.location.reload();
    } else if (said.html_message !== undefined) {
      message.innerHTML = said.html_message;
    }
  };
}

function followAfter(link) {
  const address = link.href + window.location.hash;
  link.href = address;
  setTimeout(() => window.location.assign(address), Number(link.dataset.followAfter) * 1000);
}

function reloadAfter(place) {
  setTimeout(() => window.location.reload(), Number(place.dataset.reloadsAfter) * 1000);
}

/** The operator's list of accounts, a page at a time. */
function listAccounts(table) {
  const limit = Number(table.dataset.accounts) || 50;
  const more = document.querySelector("[data-more]");
  const template = document.getElementById("account-row");
  let offset = 0;
  const load = async () => {
    try {
      const users = await (await api(`users?offset=${offset}&limit=${limit}`)).json();
      for (const user of users) table.tBodies[0].append(accountRow(template, user));
      offset += users.length;
      more.hidden = users.length < limit;
    } catch {
      sayFault();
    }
  };
  more.addEventListener("click", load);
  load();
}

function accountRow(template, user) {
  const row = template.content.cloneNode(true).firstElementChild;
  const isOn = Boolean(user.server) || Object.keys(user.servers ?? {}).length > 0;
  row.querySelector("[data-name]").textContent = user.name;
  if (user.last_activity) {
    row.querySelector("[data-seen]").textContent = new Date(user.last_activity).toLocaleString(document.documentElement.lang);
  }
  row.querySelector("[data-reset]").href = `${body.base}change-password/${encodeURIComponent(user.name)}`;
  row.querySelector("[data-on]").hidden = !isOn;
  row.querySelector("[data-off]").hidden = isOn;
  const stop = row.querySelector("[data-stop]");
  stop.hidden = !isOn;
  stop.dataset.stops = user.name;
  stop.dataset.then = `${body.base}admin`;
  stopServer(stop);
  return row;
}

all("[data-shows-passwords]").forEach(showPasswords);
all("#guardian-part").forEach(askGuardian);
all("[data-stops]").forEach(stopServer);
all("[data-progress]").forEach(followProgress);
all("[data-follow-after]").forEach(followAfter);
all("[data-reloads-after]").forEach(reloadAfter);
all("[data-accounts]").forEach(listAccounts);
