// Building elements. Text from people and models only ever becomes text nodes and attributes chosen here.

const SVG = "http://www.w3.org/2000/svg";

/** h("button.quiet", {onclick, "aria-label": "Close"}, "Close"): an element with classes, attributes and children. */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  return furnish(document.createElement(name), classes, props, children);
}

export function svg(tag, props = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), [], props, children);
}

function furnish(element, classes, props, children) {
  if (classes.length) element.classList.add(...classes);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** An address that a person may follow, or null: nothing that runs, nothing but the web and mail. */
export function safeUrl(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function link(href, ...children) {
  const url = safeUrl(href);
  return url === null
    ? h("span", {}, ...children)
    : h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow", title: url }, ...children);
}

const PATHS = {
  check: "M3.5 8.5l3 3 6-7",
  cross: "M4 4l8 8M12 4l-8 8",
  pencil: "M3 13l.7-3L11 2.7l2.3 2.3L6 12.3 3 13z",
  trash: "M3 4.5h10M6.5 4V2.5h3V4M4.5 4.5l.6 9h5.8l.6-9",
  reply: "M6.5 4L3 7.5 6.5 11M3.5 7.5H10a3 3 0 013 3v2",
  why: "M6 6a2 2 0 113 1.7c-.7.5-1 .9-1 1.8M8 12.2v.1",
  send: "M8 13V3M3.5 7.5L8 3l4.5 4.5",
  stop: "M4.5 4.5h7v7h-7z",
  copy: "M6 5.5h6.5V13H6zM10 5.5V3H3.5v7.5H6",
  file: "M4 2h5l3 3v9H4zM9 2v3h3",
};

export function icon(name) {
  const path = svg("path", { d: PATHS[name] });
  return svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, path);
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const clock = (at) => TIME.format(at * 1000);
export const day = (at) => DAY.format(at * 1000);

export function time(at) {
  const moment = new Date(at * 1000);
  return h("time", { datetime: moment.toISOString(), title: FULL.format(moment) }, clock(at));
}

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString()} ${count === 1 ? one : many}`;

export function seconds(span) {
  if (span < 1) return `${Math.max(1, Math.round(span * 1000))} ms`;
  if (span < 60) return `${span.toFixed(1)} s`;
  return `${Math.floor(span / 60)} min ${Math.round(span % 60)} s`;
}

export const size = (bytes) =>
  bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;

export function money(usd) {
  if (usd === null || usd === undefined) return "price unknown";
  if (usd === 0) return "free";
  if (usd < 0.0001) return "under $0.0001";
  return `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
}

export const tokens = (usage) => (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0);

/** The names as a sentence has them: "Ana, Ben and Cleo". */
export function listed(names) {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
