// The conversation as a page shows it: records in, elements out. What comes later (an edit, a result, an answer)
// changes what is there, in whatever order the pieces of the log arrive.

import { askCard, files, toolCard } from "./cards.js";
import { byId, clock, day, h, icon, listed, plural, time } from "./dom.js";
import { drawFace } from "./faces.js";
import { blocks, draw, drawAll } from "./markdown.js";
import { whyText } from "./why.js";

const TOGETHER = 300;
const MOST_ITEMS = 2000;
const LONG = 12_000;

export class Transcript {
  constructor(log, context) {
    this.log = log;
    this.context = context;
    this.reset();
  }

  reset() {
    this.log.replaceChildren();
    this.first = 1;
    this.nodes = new Map();
    this.records = new Map();
    this.turns = new Map();
    this.calls = new Map();
    this.edits = new Map();
    this.answers = new Map();
    this.deleted = new Set();
  }

  get empty() {
    return !this.log.querySelector(".item");
  }

  /** The newest message of this person that is still there, for editing. */
  lastBy(id) {
    for (const node of [...this.log.querySelectorAll(".message")].reverse()) {
      if (node.dataset.by === id) return this.records.get(Number(node.dataset.seq));
    }
    return null;
  }

  textOf(record) {
    return this.edits.get(record.seq)?.text ?? record.text;
  }

  add(records) {
    this.log.append(this.#built(records));
    this.#regroup([...this.log.children].slice(-records.length - 1));
  }

  prepend(records) {
    const next = this.log.firstElementChild;
    this.log.prepend(this.#built(records));
    this.#regroup([...this.log.children].slice(0, records.length + 1));
    if (next) this.#regroup([next]);
  }

  /** Drop the oldest items of a very long page; they can be loaded again. */
  trim() {
    const over = this.log.childElementCount - MOST_ITEMS;
    if (over < MOST_ITEMS / 4) return false;
    for (let index = 0; index < over; index += 1) this.log.firstElementChild.remove();
    this.first = Number(this.log.firstElementChild.dataset.seq);
    for (const map of [this.nodes, this.records]) for (const seq of map.keys()) if (seq < this.first) map.delete(seq);
    this.#regroup([this.log.firstElementChild]);
    return true;
  }

  #built(records) {
    const stale = new Set();
    for (const record of records) this.#index(record, stale);
    for (const seq of stale) this.refresh(seq);
    const fragment = document.createDocumentFragment();
    for (const record of records) {
      const node = this.#node(record, fragment);
      if (!node) continue;
      node.dataset.seq = record.seq;
      node.dataset.at = record.at;
      this.nodes.set(record.seq, node);
      this.records.set(record.seq, record);
      fragment.append(node);
    }
    return fragment;
  }

  #index(record, stale) {
    switch (record.type) {
      case "turn_started":
        this.turns.set(record.seq, { ...this.turns.get(record.seq), started: record });
        break;
      case "turn_taken":
        this.turns.set(record.turn, { ...this.turns.get(record.turn), taken: record });
        for (const call of this.calls.values()) {
          if (call.called?.turn === record.turn && !call.returned) stale.add(call.called.seq);
        }
        break;
      case "tool_called":
        this.calls.set(callKey(record), { ...this.calls.get(callKey(record)), called: record });
        break;
      case "tool_returned": {
        const call = { ...this.calls.get(callKey(record)), returned: record };
        this.calls.set(callKey(record), call);
        if (call.called) stale.add(call.called.seq);
        stale.add(record.seq + 1);
        break;
      }
      case "edited":
        if ((this.edits.get(record.target)?.seq ?? 0) < record.seq) this.edits.set(record.target, record);
        stale.add(record.target);
        break;
      case "deleted":
        this.deleted.add(record.target);
        stale.add(record.target);
        break;
      case "answered":
        if (!this.answers.has(record.question)) this.answers.set(record.question, record);
        stale.add(record.question);
        break;
      default:
    }
  }

  /** Draw one item again. */
  refresh(seq) {
    const old = this.nodes.get(seq);
    if (!old) return;
    const fresh = this.#node(this.records.get(seq), null);
    const focused = old.contains(document.activeElement);
    if (fresh) {
      Object.assign(fresh.dataset, { seq, at: old.dataset.at });
      old.replaceWith(fresh);
      this.nodes.set(seq, fresh);
      this.#regroup([fresh]);
    } else {
      const next = old.nextElementSibling;
      old.remove();
      this.nodes.delete(seq);
      if (next) this.#regroup([next]);
    }
    if (focused) byId("write")?.focus({ preventScroll: true });
  }

  #node(record, before) {
    const { faces } = this.context;
    switch (record.type) {
      case "said":
        return this.deleted.has(record.seq) ? null : this.#message(record);
      case "tool_called": {
        const call = this.calls.get(callKey(record));
        return this.#item(record, "tool", toolCard({ ...call, over: this.turns.get(record.turn)?.taken }, this.context));
      }
      case "asked":
        return this.#item(record, "question", askCard(record, this.answers.get(record.seq), this.context));
      case "joined":
      case "left":
        return this.#moved(record, before);
      case "turn_taken":
        return turnEnd(record, faces);
      case "opened":
        return line(["A side conversation begins: ", h("a", { href: `/?room=${encodeURIComponent(record.child)}` }, h("bdi", {}, record.task || record.child))]);
      case "closed":
        return line(["The side conversation has ended", record.text || record.reason ? ": " : ".", h("bdi", {}, record.text || record.reason || "")]);
      case "rested":
        return record.unanswered ? line([record.reason]) : null;
      case "stopped":
        return line([record.reason], `stopped ${record.kind ?? "termination"}`);
      case "halted":
        return line([record.reason || "Everything is halted until somebody writes /resume."], "stopped person");
      case "resumed":
        return line(["The halt is lifted."]);
      case "reset":
        return line(["The agents start afresh from here; the conversation above is kept."], "divider");
      case "summarised":
        return line([h("details", {}, h("summary", {}, "For the agents, everything above is now a summary"), ...drawAll(record.text, this.context.names))]);
      default:
        return null;
    }
  }

  #moved(record, before) {
    const last = before ? (before.lastElementChild ?? this.log.lastElementChild) : null;
    const name = record.type === "joined" ? record.name : this.context.faces.name(record.participant);
    if (record.type === "joined" && last?.names) {
      last.names.push(name);
      last.textContent = `${listed(last.names)} took a seat.`;
      return null;
    }
    const node = line([record.type === "joined" ? `${name} took a seat.` : `${name} left the table.`]);
    if (record.type === "joined") node.names = [name];
    return node;
  }

  #item(record, kind, ...children) {
    const face = this.context.faces.get(record.by);
    const node = h(`article.item.${kind}.${face.agent ? "agent" : "person"}`, { "aria-label": `${face.name}, ${clock(record.at)}` });
    node.dataset.by = record.by;
    node.style.setProperty("--h", face.hue);
    if (record.by === this.context.me()?.id) node.classList.add("mine");
    const name = h("span.name", { title: face.role || null }, h("bdi", {}, face.name));
    const role = face.agent ? h("span.role", {}, face.role) : null;
    const head = h("header.head", {}, name, role, time(record.at));
    const portrait = h("div.portrait", { title: face.role ? `${face.name}: ${face.role}` : face.name }, drawFace(face));
    node.append(portrait, h("div.body", {}, head, ...children));
    return node;
  }

  #message(record) {
    const text = this.textOf(record);
    if (this.#repeats(record) || (!text.trim() && !record.files?.length)) return null;
    const body = h("div.text", { dir: "auto" });
    this.#fill(body, text);
    const extras = [this.#answerTo(record), body, files(record.files, this.context.fileUrl), this.#marks(record), thoughts(record)];
    const node = this.#item(record, "message", ...extras.filter(Boolean));
    const reason = h("div.why", { hidden: true });
    node.lastElementChild.append(reason);
    node.firstElementChild.nextElementSibling.firstElementChild.append(this.#tools(record, node, reason));
    return node;
  }

  // A code runner repeats, for the models, what its card already shows to people.
  #repeats(record) {
    if (record.result) return this.calls.get(`${record.turn}/${record.result}`)?.returned?.by === record.by;
    for (const { returned } of this.calls.values()) { // rooms of the first version do not mark that
      if (returned?.turn === record.turn && returned.seq === record.seq - 1) return returned.call.startsWith("run_code-");
    }
    return false;
  }

  #fill(body, text) {
    const { names } = this.context;
    if (text.length <= LONG) {
      body.append(...drawAll(text, names));
      return;
    }
    const cut = text.lastIndexOf("\n", LONG / 4);
    body.append(...drawAll(text.slice(0, cut > 0 ? cut : LONG / 4), names));
    const more = h("button.quiet", { type: "button", onclick: () => body.replaceChildren(...drawAll(text, names)) },
      `Show the whole message (${plural(text.length, "character")})`);
    body.append(more);
  }

  #answerTo(record) {
    const original = record.reply_to && this.records.get(record.reply_to);
    if (!original?.text) return null;
    const start = this.textOf(original).replace(/\s+/g, " ").slice(0, 90);
    return h("button.quiet.answer-to", { type: "button", onclick: () => this.show(original.seq) },
      icon("reply"), h("span", {}, h("bdi", {}, this.context.faces.name(original.by)), `: ${start}`));
  }

  #marks(record) {
    const { faces } = this.context;
    const marks = [];
    if (this.edits.has(record.seq)) marks.push("edited");
    if (record.partial) marks.push(record.cut ? "cut off at the length limit" : "interrupted");
    if (record.audience?.length) marks.push(`only for ${listed(record.audience.map(faces.name))}`);
    if (record.handoff) marks.push(record.handoff === "stop" ? "ends here" : `hands over to ${faces.name(record.handoff)}`);
    return marks.length ? h("p.marks", {}, ...marks.map((mark) => h("span", {}, mark))) : null;
  }

  #tools(record, node, reason) {
    const { faces, edit, remove, reply, me } = this.context;
    const name = faces.name(record.by);
    const tool = (label, picture, onclick, more = {}) => h("button.quiet", { type: "button", "aria-label": label, title: label, onclick, ...more }, icon(picture));
    const bar = h("span.tools");
    if (record.turn !== undefined && faces.get(record.by).agent) {
      const why = tool(`Why did ${name} speak here?`, "why", () => {
        reason.hidden = !reason.hidden;
        why.setAttribute("aria-expanded", String(!reason.hidden));
        reason.replaceChildren(...whyText(this.turns.get(record.turn), record, this.context).map((text) => h("p", {}, text)));
      }, { "aria-expanded": "false" });
      bar.append(why);
    }
    bar.append(tool(`Reply to ${name}`, "reply", () => reply(record)));
    if (record.by === me()?.id) {
      bar.append(tool("Edit this message", "pencil", () => edit(record)));
      const trash = tool("Delete this message", "trash", async () => {
        if (trash.classList.contains("sure")) return remove(record);
        trash.classList.add("sure");
        trash.setAttribute("aria-label", "Delete it for good?");
        trash.append("Delete?");
        trash.addEventListener("blur", () => setTimeout(() => node.isConnected && this.refresh(record.seq)), { once: true });
      });
      bar.append(trash);
    }
    return bar;
  }

  show(seq) {
    const node = this.nodes.get(seq);
    node?.scrollIntoView({ block: "center" });
    node?.classList.add("shown");
    setTimeout(() => node?.classList.remove("shown"), 1600);
  }

  // Neighbours by the same voice stand together; the first item of a day says which day it is.
  #regroup(nodes) {
    for (const node of nodes.flatMap((each) => [each, each.nextElementSibling])) {
      if (!node) continue;
      const before = node.previousElementSibling;
      const same = before?.dataset.by && before.dataset.by === node.dataset.by && node.dataset.at - before.dataset.at < TOGETHER;
      const today = day(Number(node.dataset.at));
      const newDay = !before || today !== day(Number(before.dataset.at));
      node.classList.toggle("more", Boolean(same && !newDay));
      if (newDay) node.dataset.day = today;
      else delete node.dataset.day;
    }
  }
}

const callKey = (record) => `${record.turn}/${record.call}`;

function line(children, classes = "") {
  const node = h("p.line", {}, h("span", {}, ...children));
  if (classes) node.classList.add(...classes.split(" "));
  return node;
}

function turnEnd(record, faces) {
  const name = faces.name(record.by);
  if (record.outcome === "crashed") return line([`${name} was cut off: the house ended during this turn.`], "stopped error");
  if (record.outcome === "interrupted") return line([`${name} was interrupted.`]);
  return null;
}

function thoughts(record) {
  return record.thoughts ? h("details.thoughts", {}, h("summary", {}, "Thoughts"), h("p", {}, record.thoughts)) : null;
}

/** The one who has the floor, below the log: a face that thinks, then the text as it grows. */
export class LiveTurn {
  #drawn = [];

  constructor(element, context) {
    this.element = element;
    this.context = context;
    this.turn = null;
    this.text = "";
  }

  /** A turn has the floor: `{key, speaker}`, and `seq` once its start is in the log. */
  start(turn) {
    this.turn = turn;
    this.text = "";
    this.lastSaid = null;
    this.#open();
  }

  /** The start of a turn is in the log; mostly of the one that is shown. */
  started(record) {
    const key = `${record.upto}/${record.speaker}`;
    if (this.turn?.key === key) this.turn.seq = record.seq;
    else this.start({ key, speaker: record.speaker, seq: record.seq });
  }

  /** The turn has ended in the log; a draft of it that comes later is old. */
  over() {
    this.ended = this.turn?.key;
    this.end();
  }

  end() {
    this.turn = null;
    this.element.replaceChildren();
    this.element.hidden = true;
  }

  /** Something of this turn is in the log now; the text that follows is a new one. */
  said(text) {
    this.lastSaid = text;
    this.element.hidden = true;
  }

  draft(data) {
    if (data.turn === null) return;
    this.text = data.text ?? this.text + data.more;
    if (this.turn?.key !== data.turn) return;
    if (!this.text || this.lastSaid?.startsWith(this.text.trim())) return;
    if (this.element.hidden) this.#open();
    this.#draw();
  }

  #open() {
    const face = this.context.faces.get(this.turn.speaker);
    this.body = h("div.text", { dir: "auto" }, h("p.thinking", { role: "img", "aria-label": `${face.name} is thinking` }, h("i"), h("i"), h("i")));
    this.#drawn = [];
    const item = h("article.item.message.agent.draft", { "aria-label": `${face.name}, still writing`, "aria-busy": "true" },
      h("div.portrait", {}, drawFace(face, "speaking")),
      h("div.body", {}, h("header.head", {}, h("span.name", {}, h("bdi", {}, face.name)), face.role ? h("span.role", {}, face.role) : null), this.body));
    item.style.setProperty("--h", face.hue);
    this.element.replaceChildren(item);
    this.element.hidden = false;
  }

  #draw() {
    const now = blocks(this.text);
    const same = now.findIndex((block, index) => this.#drawn[index] !== block.source);
    const from = same < 0 ? now.length : same;
    while (this.body.childElementCount > from) this.body.lastElementChild.remove();
    for (const block of now.slice(from)) this.body.append(draw(block, this.context.names));
    this.#drawn = now.map((block) => block.source);
    this.body.querySelector(".cursor")?.remove();
    let end = this.body.lastElementChild ?? this.body;
    while (["OL", "UL", "LI", "BLOCKQUOTE"].includes(end.tagName) && end.lastElementChild) end = end.lastElementChild;
    if (end.classList.contains("code")) end = end.querySelector("code");
    end.append(h("span.cursor", { "aria-hidden": "true" }));
  }
}
