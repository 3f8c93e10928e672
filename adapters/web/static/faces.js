// Who is who: every participant has one face and one colour, drawn from the name where nothing else was given.

import { h, svg } from "./dom.js";

const HUES = [38, 200, 300, 130, 350, 250, 85, 165];

function hash(text) {
  let value = 2166136261;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 16777619);
  return value >>> 0;
}

export class Faces {
  #known = new Map();
  #names = new Map();
  #agents = 0;

  put(face) {
    const had = this.#known.get(face.id);
    const hue = had?.hue ?? (face.agent ? HUES[this.#agents++ % HUES.length] : HUES[hash(face.id) % HUES.length]);
    this.#known.set(face.id, { ...had, ...face, hue });
    for (const name of [face.handle, face.name]) this.#names.set(name.toLowerCase(), face.id);
  }

  /** The face of an id; one that was never introduced is called by the end of its id. */
  get(id) {
    const known = this.#known.get(id);
    if (known) return known;
    const name = id === "system" ? "Tertulia" : id.slice(Math.max(id.lastIndexOf("/"), id.indexOf(":")) + 1) || id;
    return { id, name, handle: name, role: "", agent: id.startsWith("agent:"), emoji: "", image: "", hue: 60, present: false };
  }

  name = (id) => this.get(id).name;

  /** Who is addressed by @name; null where nobody is called so. */
  called = (name) => this.#known.get(this.#names.get(name.toLowerCase())) ?? null;

  all = () => [...this.#known.values()];
}

/** The picture of a participant: agents are masks with corners, people are round. */
export function drawFace(face, extra = "") {
  const element = h(`span.face.${face.agent ? "agent" : "person"}`, { "aria-hidden": "true" });
  if (extra) element.classList.add(extra);
  element.style.setProperty("--h", face.hue);
  if (face.image) element.append(h("img", { src: face.image, alt: "", loading: "lazy", referrerpolicy: "no-referrer" }));
  else if (face.emoji) element.append(h("span.emoji", {}, face.emoji));
  else element.append(face.agent ? mask(face.id) : h("span.initials", {}, initials(face.name)));
  return element;
}

function initials(name) {
  const words = name.split(/[\s_-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word][0]) : [...name].slice(0, 1);
  return letters.join("").toUpperCase();
}

const EYES = [
  () => [svg("circle", { cx: 14, cy: 17, r: 2.4 }), svg("circle", { cx: 26, cy: 17, r: 2.4 })],
  () => [svg("path", { d: "M11 17h6M23 17h6" })],
  () => [svg("path", { d: "M11 18q3-4 6 0M23 18q3-4 6 0" })],
  () => [svg("circle", { cx: 14, cy: 17, r: 3.4, class: "open" }), svg("circle", { cx: 26, cy: 17, r: 3.4, class: "open" })],
  () => [svg("path", { d: "M12 14.5v5M28 14.5v5" })],
];
const MOUTHS = ["M14 26q6 5 12 0", "M15 27h10", "M14 27q3-3 6 0t6 0", "M17 26a3 3 0 006 0z", "M15 26q6 3 10-1"];

function mask(id) {
  const value = hash(id);
  const mouth = svg("path", { d: MOUTHS[(value >>> 8) % MOUTHS.length] });
  return svg("svg", { viewBox: "0 0 40 40" }, ...EYES[value % EYES.length](), mouth);
}
