// CommonMark as people and models write it, as DOM nodes. No HTML is ever parsed: tags in a text are text.
// Pictures in a text become links, so that no model can make a page fetch something.

import { h, icon, link } from "./dom.js";
import { highlight } from "./highlight.js";

const FENCE = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})\s*(.*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?:[ \t]+|$)/;
const DELIMITERS = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const DEPTH = 8;
const LONGEST_INLINE = 20_000;

/** The text's blocks, each with its own source, so that a growing text is drawn again only where it grew. */
export function blocks(text, depth = 0) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const found = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) {
      at += 1;
      continue;
    }
    const block = fence(lines, at) ?? heading(lines, at) ?? rule(lines, at) ?? (depth < DEPTH ? nested(lines, at) : null)
      ?? table(lines, at) ?? paragraph(lines, at, depth);
    block.source = lines.slice(at, block.end).join("\n");
    found.push(block);
    at = block.end;
  }
  return found;
}

function fence(lines, at) {
  const opening = FENCE.exec(lines[at]);
  if (!opening) return null;
  const [, indent, marks, info] = opening;
  let end = at + 1;
  const closes = (line) => {
    const text = line.trim();
    return text.length >= marks.length && text[0] === marks[0] && text === marks[0].repeat(text.length);
  };
  while (end < lines.length && !closes(lines[end])) end += 1;
  const strip = new RegExp(`^ {0,${indent.length}}`);
  const code = lines.slice(at + 1, end).map((line) => line.replace(strip, "")).join("\n");
  return { type: "code", language: info.trim().split(/[\s{]/)[0], code, end: Math.min(end + 1, lines.length) };
}

function heading(lines, at) {
  const match = HEADING.exec(lines[at]);
  return match && { type: "heading", level: match[1].length, text: match[2] ?? "", end: at + 1 };
}

const rule = (lines, at) => (RULE.test(lines[at]) ? { type: "rule", end: at + 1 } : null);

const nested = (lines, at) => quote(lines, at) ?? list(lines, at);

function quote(lines, at) {
  if (!QUOTE.test(lines[at])) return null;
  let end = at;
  while (end < lines.length && (QUOTE.test(lines[end]) || (lines[end].trim() && !ITEM.test(lines[end]) && !interrupts(lines[end])))) end += 1;
  return { type: "quote", text: lines.slice(at, end).map((line) => line.replace(QUOTE, "")).join("\n"), end };
}

function list(lines, at) {
  const first = ITEM.exec(lines[at]);
  if (!first) return null;
  const ordered = /\d/.test(first[2]);
  const items = [];
  let end = at;
  let loose = false;
  while (end < lines.length) {
    const item = ITEM.exec(lines[end]);
    if (!item || RULE.test(lines[end]) || /\d/.test(item[2]) !== ordered || item[1].length > first[1].length + 3) break;
    const inside = item[0].length;
    const body = [lines[end].slice(inside)];
    end += 1;
    while (end < lines.length) {
      const line = lines[end];
      const indent = line.length - line.trimStart().length;
      if (!line.trim()) {
        const next = lines[end + 1] ?? "";
        if (!next.trim() || next.length - next.trimStart().length <= item[1].length) break;
        loose = true;
      } else if (indent <= item[1].length && (ITEM.test(line) || interrupts(line))) break;
      else if (ITEM.test(line) && indent <= item[1].length) break;
      body.push(line.slice(Math.min(indent, inside)));
      end += 1;
    }
    items.push(body.join("\n"));
    if (!lines[end]?.trim() && ITEM.test(lines[end + 1] ?? "")) {
      loose = true;
      end += 1;
    }
  }
  return { type: "list", ordered, start: Number.parseInt(first[2], 10), items, loose, end };
}

function table(lines, at) {
  if (!lines[at].includes("|") || !DELIMITERS.test(lines[at + 1] ?? "")) return null;
  const head = cells(lines[at]);
  const marks = cells(lines[at + 1]);
  if (head.length !== marks.length) return null;
  const align = marks.map((mark) => (mark.endsWith(":") ? (mark.startsWith(":") ? "center" : "end") : "start"));
  let end = at + 2;
  while (end < lines.length && lines[end].trim() && !interrupts(lines[end])) end += 1;
  return { type: "table", head, align, rows: lines.slice(at + 2, end).map(cells), end };
}

function cells(line) {
  const inner = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, "|"));
}

const interrupts = (line) => FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line);

function paragraph(lines, at, depth) {
  let end = at + 1;
  const list = (line) => depth < DEPTH && /^ {0,3}(?:[-*+]|1[.)])[ \t]+\S/.test(line);
  while (end < lines.length && lines[end].trim() && !interrupts(lines[end]) && !list(lines[end])) end += 1;
  return { type: "paragraph", text: lines.slice(at, end).map((line) => line.trimStart()).join("\n"), end };
}

/** One block as an element. `names` knows who an @name is. */
export function draw(block, names, depth = 0) {
  switch (block.type) {
    case "code":
      return codeBlock(block.code, block.language);
    case "heading": {
      const level = Math.min(6, block.level + 2);
      return h(`h${level}`, {}, ...inline(block.text, names));
    }
    case "rule":
      return h("hr");
    case "quote":
      return h("blockquote", {}, ...drawAll(block.text, names, depth + 1));
    case "list":
      return h(block.ordered ? "ol" : "ul", block.ordered && block.start !== 1 ? { start: block.start } : {},
        ...block.items.map((item) => listItem(item, block.loose, names, depth + 1)));
    case "table":
      return drawTable(block, names);
    default:
      return h("p", {}, ...inline(block.text, names));
  }
}

export const drawAll = (text, names, depth = 0) => blocks(text, depth).map((block) => draw(block, names, depth));

function listItem(text, loose, names, depth) {
  const task = /^\[([ xX])\] /.exec(text);
  const children = blocks(task ? text.slice(4) : text, depth).flatMap((block) =>
    block.type === "paragraph" && !loose ? inline(block.text, names) : [draw(block, names, depth)]);
  if (!task) return h("li", {}, ...children);
  const done = task[1] !== " ";
  const box = h("input", { type: "checkbox", disabled: true, checked: done, "aria-label": done ? "done" : "to do" });
  return h("li.task", {}, box, ...children);
}

function drawTable(block, names) {
  const row = (values, tag) =>
    h("tr", {}, ...block.align.map((align, index) => h(`${tag}.to-${align}`, {}, ...inline(values[index] ?? "", names))));
  return h("div.table", { tabindex: 0, role: "group", "aria-label": "Table" },
    h("table", {}, h("thead", {}, row(block.head, "th")), h("tbody", {}, ...block.rows.map((values) => row(values, "td")))));
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
