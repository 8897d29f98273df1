// Two small helpers for making elements. Text goes in as text, never as markup.

/** An element with properties, attributes (where the name has a dash, or is in ATTRIBUTES), listeners (on…) and children. */
export function h(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.includes("-") || ATTRIBUTES.has(name)) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const ATTRIBUTES = new Set(["role", "for", "lang", "part", "list"]);

/** The text of a language map in `language`, else in any. */
export function pick(text, language) {
  return text?.[language] ?? Object.values(text ?? {})[0] ?? "";
}

/** A function that says the viewer's words in a language, {names} filled in; a key without words says itself. */
export function sayer(words, language) {
  return (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, () => String(value)), pick(words[`scenes.viewer.${key}`], language) || key);
}
