// Says a deadline on the reader's own clock where that differs from the server's. Rule: the server's words stay; this only adds to them.

const language = document.documentElement.lang;

for (const time of document.querySelectorAll("time[data-clock]")) {
  const moment = new Date(time.dateTime);
  const shown = time.textContent.match(/\((UTC[^)]*)\)|（(UTC[^）]*)）/);
  const here = -moment.getTimezoneOffset();
  const parts = shown ? (shown[1] || shown[2]).match(/([+-])(\d+)(?::(\d+))?/) : null;
  const there = parts ? Number(`${parts[1]}1`) * (Number(parts[2]) * 60 + Number(parts[3] || 0)) : 0;
  if (!shown || Number.isNaN(moment.getTime()) || here === there) continue;
  const words = new Intl.DateTimeFormat(language, { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  const added = document.createElement("span");
  added.className = "own-clock";
  added.textContent = ` ${time.dataset.clock} ${words.format(moment)}`;
  time.after(added);
}
