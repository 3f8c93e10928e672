// Where a person writes: completion of names and commands, files, edits, and nothing lost when sending fails.

import { byId, h, icon, plural, size } from "./dom.js";
import { drawFace } from "./faces.js";
import { upload } from "./connection.js";

const CHOICES = 8;
const LONG = 20_000;

export class Composer {
  #mode = null;
  #files = [];
  #choices = [];
  #chosen = 0;
  #last = null;
  #sending = false;

  constructor(context) {
    this.context = context;
    this.form = byId("composer");
    this.field = byId("write");
    this.list = byId("choices");
    this.problem = byId("problem");
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.field.addEventListener("input", () => { this.#grow(); this.#complete(); this.#keep(); });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("click", () => this.#complete());
    this.field.addEventListener("blur", () => setTimeout(() => document.activeElement !== this.field && this.#close(), 150));
    this.field.addEventListener("paste", (event) => this.#take(event, event.clipboardData));
    this.form.addEventListener("dragover", (event) => event.preventDefault());
    this.form.addEventListener("drop", (event) => this.#take(event, event.dataTransfer));
    byId("attach").addEventListener("click", () => byId("file").click());
    byId("file").addEventListener("change", ({ target }) => { this.#attach([...target.files]); target.value = ""; });
    byId("mode-close").addEventListener("click", () => this.leave());
    byId("stop").addEventListener("click", () => this.context.say("/stop"));
    this.field.value = sessionStorage.getItem(this.#key0) ?? "";
    this.#grow();
  }

  get #key0() {
    return `tertulia unsent ${this.context.room()}`;
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  edit(record, text) {
    if (!this.#mode) this.#last = this.field.value;
    this.#enter({ type: "edited", target: record.seq }, "Editing your message");
    this.field.value = text;
    this.#grow();
  }

  reply(record, name) {
    this.#enter({ type: "said", reply_to: record.seq }, `Replying to ${name}`);
  }

  leave() {
    if (this.#mode?.type === "edited") this.field.value = this.#last ?? "";
    this.#mode = null;
    byId("mode").hidden = true;
    this.#grow();
    this.focus();
  }

  #enter(mode, label) {
    this.#mode = mode;
    byId("mode-label").textContent = label;
    byId("mode").hidden = false;
    this.focus();
  }

  async send() {
    const text = this.field.value;
    const ready = this.#files.filter((file) => file.ref);
    if (this.#sending || (!text.trim() && !ready.length)) return;
    const most = this.context.limits().message;
    if (text.length > most) {
      this.fail(`This message has ${plural(text.length, "character")} and one holds at most ${most.toLocaleString()}; attach it as a file instead.`);
      return;
    }
    if (this.#files.length > ready.length) {
      this.fail("A file is still on its way; send again in a moment, or remove it.");
      return;
    }
    const action = { type: "said", ...this.#mode, text };
    if (action.type === "said" && ready.length) action.files = ready.map((file) => file.ref);
    this.#busy(true);
    try {
      await this.context.act(action);
      if (this.field.value === text) this.field.value = this.#mode?.type === "edited" ? (this.#last ?? "") : "";
      this.#files = [];
      this.#mode = null;
      byId("mode").hidden = true;
      this.#showFiles();
      this.fail("");
    } catch (error) {
      this.fail(error.message);
    }
    this.#busy(false);
    this.#grow();
    this.#keep();
    this.#close();
  }

  fail(sentence) {
    this.problem.textContent = sentence;
  }

  #busy(busy) {
    this.#sending = busy;
    byId("send").disabled = busy;
    this.form.classList.toggle("sending", busy);
  }

  #grow() {
    const most = innerHeight * 0.4;
    if (this.field.value.length > LONG) {
      this.field.style.height = `${most}px`;
      return;
    }
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, most)}px`;
  }

  #keep() {
    const text = this.#mode?.type === "edited" ? "" : this.field.value;
    if (text.length < 200_000) sessionStorage.setItem(this.#key0, text);
  }

  #key(event) {
    if (event.isComposing) return;
    if (this.#choices.length && this.#choose(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.#mode) {
      event.stopPropagation();
      this.leave();
    } else if (event.key === "ArrowUp" && !this.field.value && !this.#mode) {
      const own = this.context.lastOwn();
      if (own) {
        event.preventDefault();
        this.context.edit(own);
      }
    }
  }

  #choose(event) {
    const { key } = event;
    const { text, from } = this.#choices[this.#chosen];
    const exact = this.field.value.slice(from, this.field.selectionStart) === text;
    if (key === "ArrowDown" || key === "ArrowUp") {
      this.#chosen = (this.#chosen + (key === "ArrowDown" ? 1 : -1) + this.#choices.length) % this.#choices.length;
      this.#showChoices();
    } else if (key === "Tab" || (key === "Enter" && !event.shiftKey && !exact)) this.#accept(this.#choices[this.#chosen]);
    else if (key === "Escape") this.#close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #complete() {
    const caret = this.field.selectionStart;
    const before = this.field.value.slice(Math.max(0, caret - 80), caret);
    const command = caret < 80 ? /^\/(\w*)$/.exec(before) : null;
    const name = /(?:^|[\s(])@([\p{L}\p{N}_.-]*)$/u.exec(before);
    if (command) {
      this.#choices = this.context.commands().filter(([verb]) => verb.startsWith(command[1].toLowerCase()))
        .map(([verb, help]) => ({ text: `/${verb}`, help, from: 0 }));
    } else if (name) {
      const typed = name[1].toLowerCase();
      this.#choices = this.context.faces.all().filter((face) => face.present && face.id !== this.context.me()?.id)
        .filter((face) => [face.handle, face.name].some((each) => each.toLowerCase().startsWith(typed)))
        .map((face) => ({ text: `@${face.handle}`, help: face.role, face, from: caret - name[1].length - 1 }));
    } else this.#choices = [];
    this.#choices.length = Math.min(this.#choices.length, command ? 16 : CHOICES);
    this.#chosen = 0;
    this.#showChoices();
  }

  #showChoices() {
    this.list.hidden = !this.#choices.length;
    this.list.replaceChildren(...this.#choices.map((choice, index) => h("li", {
      role: "option", id: `choice-${index}`, "aria-selected": String(index === this.#chosen),
      onmousedown: (event) => { event.preventDefault(); this.#accept(choice); },
    }, choice.face ? drawFace(choice.face) : null, h("strong", {}, choice.text), h("span", {}, choice.help))));
    if (this.#choices.length) {
      this.field.setAttribute("aria-activedescendant", `choice-${this.#chosen}`);
      this.list.children[this.#chosen].scrollIntoView({ block: "nearest" });
    } else this.field.removeAttribute("aria-activedescendant");
  }

  #accept(choice) {
    const end = this.field.selectionStart;
    this.field.setRangeText(`${choice.text} `, choice.from, end, "end");
    this.#close();
    this.#keep();
  }

  #close() {
    this.#choices = [];
    this.#showChoices();
  }

  #take(event, data) {
    const files = [...(data?.files ?? [])];
    const text = event.type === "paste" ? (data?.getData("text/plain") ?? "") : "";
    if (text.length > this.context.limits().message) files.push(new File([text], "pasted.txt", { type: "text/plain" }));
    if (files.length) {
      event.preventDefault();
      this.#attach(files);
    } else if (text.length > LONG / 10) {
      // A browser that types many lines into a field takes seconds; setting them takes none.
      event.preventDefault();
      this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
      this.field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  }

  async #attach(files) {
    this.fail("");
    for (const file of files) {
      const most = this.context.limits().file;
      if (file.size > most) {
        this.fail(`${file.name} is ${size(file.size)} and a file may have at most ${size(most)}; send a smaller one.`);
        continue;
      }
      const item = { name: file.name || "pasted.png", size: file.size, ref: null };
      this.#files.push(item);
      this.#showFiles();
      try {
        item.ref = await upload(this.context.room(), await this.context.token(), file);
      } catch (error) {
        this.#files = this.#files.filter((each) => each !== item);
        this.fail(error.message);
      }
      this.#showFiles();
    }
  }

  #showFiles() {
    byId("attached").replaceChildren(...this.#files.map((file) => h("li", {}, file.ref ? icon("file") : h("span.spinner"),
      h("bdi", {}, file.name), h("small", {}, size(file.size)),
      h("button.quiet", { type: "button", "aria-label": `Remove ${file.name}`, onclick: () => {
        this.#files = this.#files.filter((each) => each !== file);
        this.#showFiles();
        this.focus();
      } }, icon("cross")))));
  }
}
