// CommonMark as people and models write it, as DOM nodes. No HTML is ever parsed: tags in a text are text.
// Pictures in a text become links, so that no model can make a page fetch something.

import { tokensOf } from "./commonmark.js";
import { h, icon, link } from "./dom.js";
import { normalised } from "./fences.js";
import { highlight } from "./highlight.js";

const DEPTH = 8;
const LONGEST_INLINE = 20_000;
const MOST_BRACKETS = 2000;
const TASK = /^\[([ xX])\] /;

/** The text's blocks, each with its own source, so that a growing text is drawn again only where it grew. */
export function blocks(text) {
  const lines = normalised(text).replaceAll("\0", "\ufffd").split(/\r\n?|\n/);
  if (!lines.at(-1)) lines.pop();
  const read = `${lines.join("\n")}\n`;
  const found = [];
  let open = 0;
  for (const token of tokensOf(read, read.split("[").length - 1 <= MOST_BRACKETS)) {
    if (open === 0) found.push({ source: lines.slice(...token.map).join("\n"), tokens: [] });
    found.at(-1).tokens.push(token);
    open += token.nesting;
  }
  return found;
}

/** One block as an element. `names` knows who an @name is. */
export function draw(block, names) {
  const drawn = [[]];
  const open = [];
  block.tokens.forEach((token, index) => {
    if (token.nesting === 1) {
      if (token.type === "list_item_open") token.task = taskIn(block.tokens[index + 2]);
      open.push(token);
      drawn.push([]);
    } else {
      const nodes = token.nesting ? around(open.pop(), drawn.pop()) : leaf(token, names);
      drawn.at(-1).push(...nodes);
    }
  });
  return drawn[0][0];
}

export const drawAll = (text, names) => blocks(text).map((block) => draw(block, names));

// Takes the box of a task away from the text that follows it.
function taskIn(inside) {
  const task = inside?.type === "inline" ? TASK.exec(inside.content) : null;
  if (task) inside.content = inside.content.slice(task[0].length);
  return task && { done: task[1] !== " " };
}

function around(token, children) {
  switch (token.type) {
    case "paragraph_open":
      return token.hidden ? children : [h("p", {}, ...children)];
    case "heading_open":
      return [h(`h${Math.min(6, Number(token.tag[1]) + 2)}`, {}, ...children)];
    case "ordered_list_open":
      return [h("ol", { start: token.attrGet("start") }, ...children)];
    case "list_item_open":
      return [token.task ? h("li.task", {}, box(token.task.done), ...children) : h("li", {}, ...children)];
    case "table_open":
      return [h("div.table", { tabindex: 0, role: "group", "aria-label": "Table" }, h("table", {}, ...children))];
    case "th_open":
    case "td_open":
      return [h(`${token.tag}.to-${{ right: "end", center: "center" }[token.attrGet("style")?.slice(11)] ?? "start"}`, {}, ...children)];
    default: // a list, a quotation, the rest of a table
      return [h(token.tag, {}, ...children)];
  }
}

const box = (done) => h("input", { type: "checkbox", disabled: true, checked: done, "aria-label": done ? "done" : "to do" });

function leaf(token, names) {
  switch (token.type) {
    case "inline":
      return inline(token.content.replace(/\n[ \t]+/g, "\n"), names);
    case "fence":
    case "code_block":
      return [codeBlock(token.content.replace(/\n$/, ""), token.info.trim().split(/[\s{]/)[0])];
    default:
      return [h("hr")];
  }
}

/** A block of code with its language and a button that copies it. */
export function codeBlock(code, language) {
  const text = h("code");
  highlight(code, language, text);
  const copy = h("button.quiet", { type: "button", "aria-label": "Copy this code", onclick: () => copied(copy, code) }, icon("copy"), h("span", {}, "Copy"));
  return h("div.code", {},
    h("div.code-head", {}, h("span", {}, language || "text"), copy),
    h("pre", { tabindex: 0, role: "group", "aria-label": `Code, ${language || "text"}` }, text));
}

async function copied(button, code) {
  const label = button.lastElementChild;
  try {
    await navigator.clipboard.writeText(code);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Not allowed";
  }
  setTimeout(() => (label.textContent = "Copy"), 2000);
}

const ESCAPED = /\\([!-/:-@[-`{-~])/y;
const CODE = /(`+)(?!`)/y;
const LINK = /(!?)\[((?:[^[\]\\]|\\.)*)\]\(\s*(?:<([^<>\n]*)>|([^\s()<]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/y;
const ANGLE = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/y;
const BARE = /https?:\/\/[^\s<>"'`]+/y;
const MENTION = /@([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?)/uy;
const PLAIN = /[^\\`[!<h@*_~\n]+/y;

/** A line of text as nodes: emphasis, code, links, names. */
export function inline(text, names, depth = 0) {
  if (depth > DEPTH || text.length > LONGEST_INLINE) return [text];
  const nodes = [];
  let plain = "";
  let at = 0;
  const put = (node, length) => {
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(node);
    at += length;
  };
  const match = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const found = special(text, at, match, names, depth);
    if (found) put(found.node, found.length);
    else {
      const run = match(PLAIN)?.[0] ?? text[at];
      const escape = run === "\\" ? match(ESCAPED) : null;
      plain += escape ? escape[1] : run;
      at += escape ? 2 : run.length;
    }
  }
  if (plain) nodes.push(plain);
  return nodes;
}

function special(text, at, match, names, depth) {
  const inner = (part) => inline(part, names, depth + 1);
  const before = text[at - 1] ?? " ";
  switch (text[at]) {
    case "\n":
      return { node: h("br"), length: 1 };
    case "`": {
      const marks = match(CODE)?.[1] ?? "";
      const end = marks ? closing(text, marks, at + marks.length) : -1;
      if (end < 0) return marks ? { node: marks, length: marks.length } : null;
      const code = text.slice(at + marks.length, end).replace(/\n/g, " ").replace(/^ (.*[^ ].*) $/, "$1");
      return { node: h("code", {}, code), length: end + marks.length - at };
    }
    case "!":
    case "[": {
      const found = match(LINK);
      if (!found) return null;
      const [whole, picture, label, angle, plain] = found;
      const shown = label ? inner(label) : [angle ?? plain];
      return { node: link(angle ?? plain, ...(picture ? ["🖼 "] : []), ...shown), length: whole.length };
    }
    case "<": {
      const found = match(ANGLE);
      return found && { node: link(found[1], found[1].replace(/^mailto:/, "")), length: found[0].length };
    }
    case "h": {
      if (/\w/.test(before)) return null;
      const url = match(BARE)?.[0].replace(/[.,;:!?*_~]+$/, "");
      if (!url) return null;
      const address = url.endsWith(")") && !url.includes("(") ? url.slice(0, -1) : url;
      return { node: link(address, address), length: address.length };
    }
    case "@": {
      const found = /[\w@./-]/.test(before) ? null : match(MENTION);
      const who = found && names(found[1]);
      return who ? { node: h("span.mention", { title: who.role || who.name }, found[0]), length: found[0].length } : null;
    }
    case "*":
    case "_":
    case "~":
      return emphasis(text, at, before, inner);
    default:
      return null;
  }
}

function emphasis(text, at, before, inner) {
  const mark = text[at];
  const run = /^(\*+|_+|~+)/.exec(text.slice(at, at + 4))[0];
  const opens = !/\s|undefined/.test(String(text[at + run.length])) && !(mark === "_" && /\w/.test(before));
  const width = mark === "~" ? 2 : Math.min(run.length, 3);
  if (!opens || run.length < width) return null;
  for (const wide of mark === "~" ? [2] : [width, 2, 1].filter((each) => each <= width)) {
    const end = emphasisEnd(text, mark.repeat(wide), at + wide);
    if (end < 0) continue;
    const children = inner(text.slice(at + wide, end));
    const node = mark === "~" ? h("del", {}, ...children) : wide === 1 ? h("em", {}, ...children)
      : wide === 2 ? h("strong", {}, ...children) : h("strong", {}, h("em", {}, ...children));
    return { node, length: end + wide - at };
  }
  return { node: run, length: run.length };
}

function emphasisEnd(text, marks, from) {
  for (let end = text.indexOf(marks, from); end >= 0; end = text.indexOf(marks, end + 1)) {
    const single = marks.length === 1 && (text[end + 1] === marks || text[end - 1] === marks);
    const inWord = marks[0] === "_" && /\w/.test(text[end + marks.length] ?? " ");
    if (end > from && !single && !inWord && !/[\s\\]/.test(text[end - 1])) return end;
    if (single) while (text[end + 1] === marks) end += 1;
  }
  return -1;
}

function closing(text, marks, from) {
  for (let end = text.indexOf(marks, from); end >= 0; end = text.indexOf(marks, end + 1)) {
    let last = end + marks.length;
    while (text[last] === "`") last += 1;
    if (last - end === marks.length) return end;
    end = last - 1;
  }
  return -1;
}
