// Where nothing can be drawn and a stop has no still, a panorama still has one: its front face, from the coarsest level that is one picture.

/** The address of a picture of the first panorama among the nodes, "" where there is none. Never rejects. @param {object[]} nodes @param {(src: string) => string} url */
export async function panoramaStill(nodes, url) {
  const node = nodes?.find(({ kind }) => kind === "panorama");
  if (!node) return "";
  try {
    const answer = await fetch(url(node.src), { credentials: "same-origin" });
    const { levels, path } = await answer.json();
    const level = levels.findLastIndex(({ tiles }) => tiles === 1);
    return level < 0 ? "" : new URL(path.replace("{level}", level).replace("{face}", "f").replace("{y}", 0).replace("{x}", 0), url(node.src)).href;
  } catch {
    return "";
  }
}
