// Keeps the address of the page in step with the stop in view, so that it can be sent to somebody.
const place = document.querySelector("vr-scene");
place?.addEventListener("stopchange", ({ detail }) => {
  const here = new URL(location.href);
  if (detail.index === 0 && !here.searchParams.has("stop")) return;
  here.searchParams.set("stop", detail.stop);
  here.searchParams.delete("object");
  history.replaceState(null, "", here);
});
