// What is there on demand: the floor, the budget, the people.

import { askCard } from "./cards.js";
import { byId, clock, h, money, plural, tokens } from "./dom.js";
import { drawFace } from "./faces.js";
import { cost, whyOf } from "./why.js";

const TITLES = { floor: "The floor", budget: "Budget", people: "At the table" };
const OUTCOMES = { passed: "passed", asked: "asked", interrupted: "interrupted", crashed: "cut off", failed: "failed", opened: "opened a side conversation" };

export class Panes {
  #shown = null;
  #opener = null;
  #timer = null;

  constructor(context) {
    this.context = context;
    this.pane = byId("pane");
    this.body = byId("pane-body");
    for (const button of document.querySelectorAll("[data-pane]")) {
      button.addEventListener("click", () => (this.#shown === button.dataset.pane ? this.close() : this.open(button)));
    }
    byId("pane-close").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#shown && !event.defaultPrevented) this.close();
    });
  }

  open(button) {
    this.#opener?.setAttribute("aria-expanded", "false");
    this.#opener = button;
    this.#shown = button.dataset.pane;
    button.setAttribute("aria-expanded", "true");
    byId("pane-title").textContent = TITLES[this.#shown];
    this.body.replaceChildren();
    this.pane.hidden = false;
    document.body.classList.add("with-pane");
    byId("pane-close").focus();
    this.draw();
  }

  close() {
    if (!this.#shown) return;
    this.#shown = null;
    this.pane.hidden = true;
    document.body.classList.remove("with-pane");
    this.#opener.setAttribute("aria-expanded", "false");
    this.#opener.focus();
  }

  /** The log has moved on: an open pane follows, not more than once a second. */
  stale() {
    if (this.#shown && !this.#timer) this.#timer = setTimeout(() => { this.#timer = null; this.draw(); }, 800);
  }

  async draw() {
    if (!this.#shown || this.body.contains(document.activeElement?.closest("input, textarea"))) return;
    const shown = this.#shown;
    try {
      const about = await this.context.about();
      if (shown === this.#shown) this.body.replaceChildren(...this[`_${shown}`](about));
    } catch (error) {
      this.body.replaceChildren(h("p.problem", {}, error.message));
    }
  }

  _floor({ floor, questions, halted }) {
    const { faces } = this.context;
    const now = floor.turn
      ? this.#row(floor.turn.speaker, floor.turn.at ? `has the floor since ${clock(floor.turn.at)}` : "has the floor", whyOf(floor.turn), floor.turn.choosing && `Choosing took ${cost(floor.turn.choosing)}.`)
      : h("p", {}, halted ? "Everything is halted until somebody writes /resume." : "Nobody has the floor; the room listens.");
    const next = h("button", { type: "button", onclick: () => this.context.say("/next") }, "Who is next?");
    const waiting = questions.filter((question) => question.type === "asked").map((question) =>
      this.#row(question.by, clock(question.at), null, null, askCard(question, null, this.context)));
    const past = [...floor.past].reverse().map((turn) => {
      const outcome = OUTCOMES[turn.outcome] ? `${OUTCOMES[turn.outcome]} · ` : "";
      const spent = turn.usage ? cost(turn.usage) : "no model call";
      return this.#row(turn.speaker, "", whyOf(turn), outcome + spent + (turn.choosing ? ` · choosing ${cost(turn.choosing)}` : ""));
    });
    return [
      h("h3", {}, "Now"), now, h("p", {}, next),
      waiting.length ? h("h3", {}, "Waiting for people") : null, ...waiting,
      h("h3", {}, "Before"), past.length ? h("ul.rows", {}, ...past.map((row) => h("li", {}, row))) : h("p.hint", {}, "Nobody has spoken yet."),
    ].filter(Boolean);
  }

  _budget({ spend }) {
    const { faces } = this.context;
    const all = spend.map((each) => ({ ...each, total: tokens(each.usage) + tokens(each.choosing), usd: sum(each.usage?.usd, each.choosing?.usd) }));
    all.sort((one, other) => (other.usd ?? 0) - (one.usd ?? 0) || other.total - one.total);
    const most = Math.max(...all.map((each) => each.total), 1);
    const usd = all.reduce((total, each) => sum(total, each.usd), null);
    const rows = all.map((each) => {
      const bar = h("span.bar", { "aria-hidden": "true" }, h("i"));
      bar.firstElementChild.style.width = `${(100 * each.total) / most}%`;
      const detail = [plural(each.turns, "turn"), each.usage ? `${tokens(each.usage).toLocaleString()} tokens` : "no model call",
        each.usage ? `${(each.usage.input_tokens ?? 0).toLocaleString()} in, ${(each.usage.output_tokens ?? 0).toLocaleString()} out` : null,
        each.usage?.cached_tokens ? `${each.usage.cached_tokens.toLocaleString()} cached` : null,
        each.choosing ? `choosing it ${cost(each.choosing)}` : null, (each.usage && each.model) || null];
      const row = this.#row(each.id, each.total ? money(each.usd) : "", null, detail.filter(Boolean).join(" · "), bar);
      row.style.setProperty("--h", faces.get(each.id).hue);
      return h("li", {}, row);
    });
    const total = all.reduce((count, each) => count + each.total, 0);
    return [
      h("p.total", {}, h("strong", {}, total ? money(usd) : "Nothing"), h("span", {}, total ? `${total.toLocaleString()} tokens in this room so far` : "has been spent in this room")),
      h("ul.rows", {}, ...rows),
      h("p", {}, h("button", { type: "button", onclick: () => this.context.say("/budget") }, "What may be spent?")),
    ];
  }

  _people({ faces: all, spend }) {
    const models = new Map(spend.map((each) => [each.id, each.model]));
    const me = this.context.me();
    const row = (face) => h("li", {}, this.#row(face.id, face.id === me?.id ? "you" : face.present ? "" : "away", face.role, models.get(face.id)));
    const here = all.filter((face) => face.present || face.agent);
    const list = (agents) => h("ul.rows", {}, ...here.filter((face) => face.agent === agents).map(row));
    return [
      h("h3", {}, "Agents"), list(true), h("h3", {}, "People"), list(false),
      me ? h("p", {}, h("button", { type: "button", onclick: () => { this.close(); this.context.forget(); } }, "Take another name")) : h("p.hint", {}, "Write your name below to join."),
    ];
  }

  #row(id, aside, text, detail, more = null) {
    const face = this.context.faces.get(id);
    return h("div.row", {}, drawFace(face), h("div", {},
      h("p.row-head", {}, h("strong", {}, h("bdi", {}, face.name)), aside ? h("span", {}, aside) : null),
      more, text ? h("p", {}, text) : null, detail ? h("p.hint", {}, detail) : null));
  }
}

const sum = (one, other) => (one ?? null) === null && (other ?? null) === null ? null : (one ?? 0) + (other ?? 0);
