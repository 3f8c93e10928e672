// What is more than talk: code that ran, tools that were used, questions that wait for a person, files.

import { byId, clock, h, icon, listed, plural, safeUrl, seconds, size } from "./dom.js";
import { codeBlock, drawAll } from "./markdown.js";

const LINES = 14;
const CHARACTERS = 4000;

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** The files of a message: pictures are shown, everything else is offered for download. */
export function files(refs, fileUrl) {
  if (!refs?.length) return null;
  return h("div.files", {}, ...refs.map((file) => {
    const url = fileUrl(file);
    if (PICTURES.has(file.media_type)) {
      const picture = h("img", { src: url, alt: file.name, loading: "lazy", decoding: "async" });
      const caption = h("figcaption", {}, h("bdi", {}, file.name), ` · ${size(file.size)}`);
      return h("figure", {}, h("a", { href: url, target: "_blank", rel: "noopener" }, picture), caption);
    }
    return h("a.file", { href: url, download: file.name }, icon("file"), h("span", {}, h("bdi", {}, file.name), h("small", {}, size(file.size))));
  }));
}

/** Text as a program wrote it, its beginning only where it is long. */
export function output(text, label) {
  const trimmed = text.replace(/\s+$/, "");
  const lines = trimmed.split("\n");
  const long = lines.length > LINES + 2 || trimmed.length > CHARACTERS;
  const start = lines.slice(0, LINES).join("\n").slice(0, CHARACTERS);
  const pre = h("pre.output", { tabindex: 0, role: "group", "aria-label": label }, long ? start : trimmed);
  if (!long) return [pre];
  const all = `Show all ${plural(lines.length, "line")}`;
  const button = h("button.quiet", {
    type: "button", "aria-expanded": "false",
    onclick: () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      pre.textContent = open ? trimmed : start;
      button.textContent = open ? "Show less" : all;
    },
  }, all);
  return [pre, button];
}

const ENDINGS = { 124: "timed out", 137: "was ended", 139: "crashed" };

/** A tool call with its result: `{called, returned}`, and `over` once its turn is over. */
export function toolCard(call, { faces, fileUrl }) {
  const { called, returned, over } = call;
  const state = returned ? (returned.failed || returned.exit_code ? "failed" : "ok") : over ? "unknown" : "running";
  const code = called.tool === "run_code" ? codeOf(called.arguments) : null;
  const card = h(`div.card.run.${state}`, { role: "group", "aria-label": code ? "Code run" : `Tool ${called.tool}` });
  const span = returned ? h("span.took", {}, seconds(Math.max(0, returned.at - called.at))) : null;
  const mark = { ok: icon("check"), failed: icon("cross"), unknown: icon("why"), running: h("span.spinner") }[state];
  card.append(h("div.card-head", {}, h("span.mark", {}, mark),
    h("span.what", {}, code ? ran(code, state) : used(called, state, faces)), outcome(returned, state), span));
  if (code) {
    card.append(h("details", {}, h("summary", {}, "Code"),
      ...code.map((block) => codeBlock(block.code, block.filename ? `${block.language} · ${block.filename}` : block.language))));
  }
  if (state === "unknown") card.append(h("p.hint", {}, "The house ended while this ran; whether it finished is unknown."));
  if (returned?.output?.trim()) {
    const shown = output(returned.output, code ? "What the code wrote" : "What the tool answered");
    if (code) card.append(...shown);
    else card.append(h("details", {}, h("summary", {}, "Result"), ...shown));
  } else if (code && state === "ok" && !returned.files?.length) card.append(h("p.hint", {}, "It wrote nothing."));
  const made = files(returned?.files, fileUrl);
  if (made) card.append(made);
  return card;
}

function codeOf(text) {
  try {
    const found = JSON.parse(text).blocks;
    return Array.isArray(found) ? found.filter((block) => typeof block?.code === "string") : null;
  } catch {
    return null;
  }
}

function ran(code, state) {
  const languages = [...new Set(code.map((block) => ({ python: "Python", sh: "shell" })[block.language] ?? block.language))];
  const what = `${plural(code.length, "block")} of ${listed(languages)}`;
  return { running: `Running ${what}`, ok: `Ran ${what}`, failed: `Ran ${what}`, unknown: `Started ${what}` }[state];
}

function used(called, state, faces) {
  if (called.tool.startsWith("transfer_to_")) return `Hands over to ${faces.name(`agent:${called.tool.slice(12)}`)}`;
  return [`${state === "running" ? "Using" : "Used"} `, h("code", {}, called.tool), h("span.arguments", {}, ` ${brief(called.arguments)}`)];
}

function brief(text) {
  const plain = text.replace(/\s+/g, " ").trim();
  return plain === "{}" ? "" : plain.length > 120 ? `${plain.slice(0, 120)}…` : plain;
}

function outcome(returned, state) {
  if (!returned) return state === "running" ? h("span.pill", {}, "running") : h("span.pill", {}, "unknown");
  if (returned.exit_code === undefined || returned.exit_code === null) return returned.failed ? h("span.pill", {}, "failed") : null;
  return h("span.pill", {}, ENDINGS[returned.exit_code] ?? `exit ${returned.exit_code}`);
}

/** A question: open until somebody answers, then it says who did and how. `answer` is the record, if there is one. */
export function askCard(asked, answer, context) {
  const { faces, names } = context;
  const approval = asked.kind === "approval";
  const who = (asked.of ?? []).map(faces.name);
  const title = `${approval ? "Approval wanted" : "Question"}${who.length ? ` for ${listed(who)}` : ""}`;
  const card = h(`div.card.ask.${answer ? "answered" : "open"}`, { role: "group", "aria-label": `${title}, from ${faces.name(asked.by)}` });
  card.append(h("div.card-head", {}, h("span.mark", {}, icon(answer ? (answer.withdrawn ? "cross" : "check") : "why")), h("span.what", {}, title)));
  card.append(h("div.text", { dir: "auto" }, ...drawAll(asked.text, names)));
  if (answer) card.append(answered(asked, answer, faces));
  else card.append(...openForm(asked, who, context));
  return card;
}

function answered(asked, answer, faces) {
  const options = h("div.options", {}, ...(asked.options ?? []).map((option) => h(`span.option${option === answer.option ? ".chosen" : ""}`, {}, option)));
  const said = answer.withdrawn
    ? [h("strong", {}, "Out of date."), ` ${answer.text ?? ""}`]
    : answer.expired
    ? ["Nobody answered in time."]
    : [h("strong", {}, h("bdi", {}, faces.name(answer.by))), answer.option ? ` chose ${answer.option}` : " answered", answer.text ? `: ${answer.text}` : "", ` · ${clock(answer.at)}`];
  return h("div", {}, asked.options?.length ? options : null, h("p.verdict", {}, ...said));
}

function openForm(asked, who, { act, me }) {
  const approval = asked.kind === "approval";
  const problem = h("p.problem", { role: "alert" });
  const mine = !asked.of?.length || asked.of.includes(me()?.id);
  const form = h("form.answer", { onsubmit: (event) => { event.preventDefault(); send({ text: field.value }); } });
  const send = async (answer) => {
    for (const control of form.elements) control.disabled = true;
    problem.textContent = "";
    try {
      await act({ type: "answered", question: asked.seq, ...answer });
      byId("write").focus({ preventScroll: true });
    } catch (error) {
      problem.textContent = error.message;
      for (const control of form.elements) control.disabled = false;
    }
  };
  const field = h(approval ? "textarea" : "input", {
    "aria-label": approval ? "The code to run instead" : "Your answer", rows: approval ? 8 : null, autocomplete: "off",
    placeholder: asked.options?.length ? "Or write an answer" : "Write an answer", spellcheck: approval ? "false" : null,
  });
  const edit = approval ? editing(asked, field, send) : null;
  const options = (asked.options ?? []).map((option, index) => h(`button.option${index ? "" : ".first"}`, {
    type: "button", onclick: () => (approval && option === "Edit" ? edit.open() : send({ option })),
  }, option));
  form.append(h("div.options", {}, ...options));
  if (edit) form.append(edit.element);
  else if (asked.kind === "input" || asked.kind === undefined || !options.length) form.append(h("div.reply", {}, field, h("button", { type: "submit" }, "Answer")));
  const hints = [];
  if (!mine) for (const control of form.elements) control.disabled = true;
  if (!mine) hints.push(`Only ${listed(who)} can answer.`);
  if (asked.deadline) hints.push(`Open until ${clock(asked.deadline)}.`);
  return [form, hints.length ? h("p.hint", {}, hints.join(" ")) : null, problem].filter(Boolean);
}

// In a fence that the code cannot leave.
function fenced({ code, language }) {
  const fence = "`".repeat(Math.max(3, ...(code.match(/`+/g) ?? []).map((run) => run.length + 1)));
  return `${fence}${language}\n${code}\n${fence}`;
}

function editing(asked, field, send) {
  const code = codeOf(asked.pending?.arguments ?? "");
  field.value = code ? (code.length === 1 ? code[0].code : code.map(fenced).join("\n\n")) : (asked.pending?.arguments ?? "");
  const element = h("div.edit", { hidden: true }, field, h("button", { type: "button", onclick: () => send({ option: "Edit", text: field.value }) }, "Run this instead"));
  return { element, open: () => { element.hidden = !element.hidden; if (!element.hidden) field.focus(); } };
}

/** A card of the house. */
export function noticeCard(notice, dismiss) {
  const bar = notice.progress === null || notice.progress === undefined
    ? null
    : h("progress", { max: 1, value: notice.progress, "aria-label": notice.text });
  return h(`div.notice.${notice.level ?? "info"}`, {}, h("span.dot", { "aria-hidden": "true" }), h("div", {}, ...linked(notice.text), bar),
    h("button.quiet", { type: "button", "aria-label": "Dismiss this notice", onclick: dismiss }, icon("cross")));
}

function linked(text) {
  return text.split(/(`[^`]+`|https?:\/\/\S+)/).map((part) => {
    if (part.startsWith("`") && part.length > 2) return h("code", {}, part.slice(1, -1));
    return safeUrl(part) && part.startsWith("http") ? h("a", { href: safeUrl(part), target: "_blank", rel: "noopener noreferrer" }, part) : part;
  });
}
