// The page: one stream in, one door out, and the parts in between.

import { noticeCard } from "./cards.js";
import { Composer } from "./composer.js";
import { act, ask, originOf, roomUrl, Stream } from "./connection.js";
import { byId, h, icon, plural, size } from "./dom.js";
import { drawFace, Faces } from "./faces.js";
import { drawAll } from "./markdown.js";
import { Panes } from "./panes.js";
import { LiveTurn, Transcript } from "./transcript.js";

const BATCH = 120;
const FRAME = 12;
const FLOOD = 2000;
const NEAR = 90;

const faces = new Faces();
const scroller = byId("scroller");
const parameters = new URLSearchParams(location.search);
let room = parameters.get("room");
let about = { commands: [], samples: [], rooms: [], limits: { message: 1e5, file: 25e6 } };
let me = JSON.parse(sessionStorage.getItem("tertulia me") ?? "null");
let stream = null;
let queue = [];
let flushing = false;
let pinned = true;
let unseen = 0;
const dismissed = new Set();

const context = {
  faces,
  names: faces.called,
  room: () => room,
  me: () => me,
  limits: () => about.limits,
  commands: () => about.commands,
  fileUrl: (file) => roomUrl(room, `/files/${file.sha256}`),
  about: async () => {
    const now = await ask(roomUrl(room), { token: me?.token });
    now.faces.forEach((face) => faces.put(face));
    return now;
  },
  token: async () => (await whoIAm()).token,
  act: perform,
  say: (text) => perform({ type: "said", text }).catch((error) => composer.fail(error.message)),
  edit: (record) => composer.edit(record, transcript.textOf(record)),
  remove: (record) => perform({ type: "deleted", target: record.seq }).catch((error) => composer.fail(error.message)),
  reply: (record) => composer.reply(record, faces.name(record.by)),
  lastOwn: () => me && transcript.lastBy(me.id),
  forget: () => { remember(null); byId("name").focus(); },
};

const transcript = new Transcript(byId("log"), context);
const live = new LiveTurn(byId("live"), context);
let composer;
let panes;

// Who this tab is

function remember(person) {
  me = person;
  if (person) {
    sessionStorage.setItem("tertulia me", JSON.stringify(person));
    localStorage.setItem("tertulia name", person.name);
  } else sessionStorage.removeItem("tertulia me");
  byId("join").hidden = Boolean(person) || Boolean(about?.parent); // agents talk among themselves in a side conversation
  byId("composer").hidden = !person || Boolean(about?.parent);
}

async function join(name) {
  const { token, you } = await ask("/api/people", { body: JSON.stringify({ name }) });
  faces.put(you);
  remember({ ...you, token });
  listen();
}

async function whoIAm() {
  if (!me) await join(byId("name").value.trim() || "Guest");
  return me;
}

const actions = new Map();

// crypto.randomUUID is missing where a page came over plain http from another machine.
function uuid() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5");
}

async function perform(action) {
  const key = JSON.stringify(action);
  const id = actions.get(key) ?? uuid();
  actions.set(key, id);
  const send = async () => act(room, (await whoIAm()).token, { id, ...action });
  let answer;
  try {
    answer = await send();
  } catch (error) {
    if (error.status !== 401 || !me) {
      if (error.status) actions.delete(key);
      throw error;
    }
    const { name } = me;
    remember(null);
    await join(name);
    answer = await send();
  }
  actions.delete(key);
  if (answer.text) tell(answer.text, answer.file);
}

// Words of the house for this person alone; no log has them

function tell(text, file) {
  const note = h("div.private", { role: "status" }, h("p.private-head", {}, "Only you see this"),
    h("button.quiet", { type: "button", onclick: () => note.remove() }, "Dismiss"), h("div.text", {}, ...privately(text)), file ? download(file) : null);
  byId("private").replaceChildren(note);
  pinned = true;
  toEnd();
}

function download({ name, content }) {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  return h("a.file", { href, download: name }, icon("file"), h("span", {}, name, h("small", {}, size(bytes.length))));
}

// A command's answer is laid out in lines, and each line matters.
const privately = (text) => (/```|^[-*#|]/m.test(text) ? drawAll(text, faces.called) : [h("pre", {}, text)]);

// From the stream to the page

function listen() {
  stream?.close();
  const cursor = stream && transcript.room === room ? stream.cursor : null;
  stream = new Stream({ room, token: me?.token, cursor, origin: transcript.origin ?? "", onEvent: enqueue, onState: state });
}

function state(name, error) {
  const chip = byId("connection");
  chip.className = name;
  chip.textContent = { live: "live", lost: "reconnecting…", open: "connecting…" }[name];
  if (error?.status === 401 && me) {
    const { name: called } = me;
    remember(null);
    join(called).catch((failed) => composer.fail(failed.message));
  } else if (error?.status) byId("trouble").textContent = error.message;
  if (name === "live") byId("trouble").textContent = "";
}

function enqueue(name, value) {
  queue.push([name, value]);
  if (flushing) return;
  flushing = true;
  soon(flush);
}

const soon = (work) => (document.hidden ? setTimeout(work, 20) : requestAnimationFrame(work));

// A long log arrives in slices, so that the page answers keys meanwhile; of a flood only the end is drawn.
function flush() {
  if (pinned && queue.length > FLOOD) skip();
  const until = performance.now() + FRAME;
  let at = 0;
  let added = false;
  while (at < queue.length && performance.now() < until) {
    if (queue[at][0] !== "record") {
      told[queue[at][0]]?.(queue[at][1]);
      at += 1;
      continue;
    }
    const records = [];
    while (at < queue.length && records.length < BATCH && queue[at][0] === "record") records.push(queue[at++][1]);
    show(records);
    added = true;
  }
  queue = queue.slice(at);
  flushing = queue.length > 0;
  if (added && pinned && transcript.trim()) byId("earlier").hidden = false;
  if (pinned) toEnd();
  if (flushing) soon(flush);
}

function skip() {
  const records = queue.filter(([name]) => name === "record").map(([, value]) => value);
  const from = records.at(-FLOOD / 2)?.seq ?? 0;
  for (const record of records) if (record.seq < from) follow(record);
  queue = queue.filter(([name, value]) => name !== "record" || value.seq >= from);
  transcript.reset();
  transcript.first = from;
  byId("earlier").hidden = false;
}

const told = {
  room(value) {
    about = value;
    room = value.room;
    value.faces.forEach((face) => faces.put(face));
    const same = transcript.room === room && (!transcript.origin || transcript.origin === value.origin) && value.first === transcript.last + 1;
    if (!same) {
      byId("log").setAttribute("aria-live", "off");
      transcript.reset();
      Object.assign(transcript, { room, origin: value.origin, first: value.first, last: value.first - 1 });
      live.end();
      if (value.floor.turn) live.start(value.floor.turn);
      byId("earlier").hidden = value.first <= 1;
      pinned = true;
    }
    transcript.origin ||= value.origin;
    told.halted(value.halted);
    byId("child").hidden = !value.parent;
    byId("child-parent").href = `/?room=${encodeURIComponent(value.parent ?? "")}`;
    remember(me);
    showRooms();
    showTable();
  },
  ready() {
    state("live");
    byId("welcome").hidden = !transcript.empty;
    if (transcript.empty) showWelcome();
    requestAnimationFrame(() => byId("log").setAttribute("aria-live", "polite"));
  },
  halted(value) {
    byId("halted").hidden = !value;
  },
  draft(value) {
    const before = live.turn;
    if (value.turn === null && before && !before.seq) live.end(); // it was lost with its process
    else if (value.turn !== null && before?.key !== value.turn && live.ended !== value.turn) live.start({ key: value.turn, speaker: value.by });
    live.draft(value);
    if (live.turn !== before) floor(live.turn?.speaker ?? null);
  },
  notices(cards) {
    const shown = cards.filter((card) => !dismissed.has(card.id + card.text));
    byId("notices").replaceChildren(...shown.map((card) => noticeCard(card, (event) => {
      dismissed.add(card.id + card.text);
      event.target.closest(".notice").remove();
    })));
  },
};

function show(records) {
  for (const record of records) follow(record);
  const before = transcript.log.childElementCount;
  transcript.add(records);
  transcript.last = records.at(-1).seq;
  transcript.origin ||= originOf(records[0]);
  const news = transcript.log.childElementCount - before;
  if (news && !byId("welcome").hidden && !transcript.empty) byId("welcome").hidden = true;
  if (!pinned && news) {
    unseen += news;
    byId("newest").hidden = false;
    byId("newest-count").textContent = plural(unseen, "new item");
  }
  panes?.stale();
}

function follow(record) {
  switch (record.type) {
    case "joined":
      faces.put({ handle: record.participant.split(/[:/]/).at(-1), role: "", agent: record.participant.startsWith("agent:"), emoji: "", image: "",
        ...known(faces.get(record.participant)), id: record.participant, name: record.name, present: true });
      showTable();
      break;
    case "left":
      faces.put({ ...faces.get(record.participant), present: false });
      showTable();
      break;
    case "turn_started":
      live.started(record);
      floor(record.speaker);
      break;
    case "turn_taken":
      live.over();
      floor(null);
      break;
    case "said":
      if (live.turn && record.turn === live.turn.seq) live.said(record.text);
      break;
    case "tool_called":
      if (live.turn && record.turn === live.turn.seq) live.said("");
      break;
    default:
  }
}

const known = ({ handle, role, emoji, image, agent }) => (role || emoji || image ? { handle, role, emoji, image, agent } : {});

function floor(speaker) {
  byId("stop").hidden = !speaker;
  byId("announce").textContent = speaker ? `${faces.name(speaker)} has the floor.` : "";
  for (const face of byId("table").children) face.classList.toggle("speaking", face.dataset.id === speaker);
}

function showTable() {
  const here = faces.all().filter((face) => face.present);
  const shown = here.slice(0, here.length > 8 ? 7 : 8);
  byId("table").replaceChildren(...shown.map((face) => {
    const element = drawFace(face);
    element.dataset.id = face.id;
    element.title = face.name;
    return element;
  }));
  if (here.length > shown.length) byId("table").append(h("span.others", {}, `+${here.length - shown.length}`));
  byId("seated").textContent = `${here.length} at the table`;
  floor(live.turn?.speaker ?? null);
}

function showRooms() {
  const name = (id) => id.slice(id.indexOf(":") + 1);
  byId("rooms").hidden = about.rooms.length < 2;
  byId("rooms").replaceChildren(...about.rooms.map((id) => h("option", { value: id, selected: id === room }, name(id))));
  document.title = `${name(room)} · Tertulia`;
}

function showWelcome() {
  byId("seats").replaceChildren(...faces.all().filter((face) => face.agent && face.present).map((face) =>
    h("li", {}, drawFace(face), h("strong", {}, face.name), h("span", {}, face.role))));
  byId("samples").replaceChildren(...about.samples.map((text) =>
    h("button.sample", { type: "button", onclick: () => context.say(text) }, text)));
}

// Scrolling

function toEnd() {
  if (flushing || !byId("welcome").hidden) return;
  scroller.scrollTop = scroller.scrollHeight;
  look();
}

// Where the reader was last. That what is below has grown since is no move of the reader's: only up is.
const seen = { top: 0, height: 0 };
function look() {
  [seen.top, seen.height] = [scroller.scrollTop, scroller.scrollHeight];
}

scroller.addEventListener("scroll", () => {
  if (scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR) {
    pinned = true;
    unseen = 0;
    byId("newest").hidden = true;
  } else if (scroller.scrollTop < seen.top && scroller.scrollHeight >= seen.height) {
    pinned = false;
  }
  look();
}, { passive: true });

scroller.addEventListener("wheel", ({ deltaY }) => { if (deltaY < 0) pinned = false; }, { passive: true });

new ResizeObserver(() => pinned && toEnd()).observe(byId("content"));
new ResizeObserver(() => pinned && toEnd()).observe(scroller);

// What is drawn for the first time takes its real height: for some frames, keep what is read where it is.
function hold(anchor, top, frames = 8) {
  scroller.style.overflowAnchor = frames ? "none" : "";
  scroller.scrollTop += anchor.getBoundingClientRect().top - top;
  if (frames) requestAnimationFrame(() => hold(anchor, top, frames - 1));
}

byId("newest").addEventListener("click", () => { pinned = true; toEnd(); composer.focus(); });

byId("earlier").addEventListener("click", async ({ target }) => {
  target.disabled = true;
  try {
    const { first, records } = await ask(roomUrl(room, `/records?before=${transcript.first}`), { token: me?.token });
    const anchor = transcript.log.firstElementChild;
    const top = anchor?.getBoundingClientRect().top;
    byId("log").setAttribute("aria-live", "off");
    pinned = false;
    transcript.prepend(records);
    transcript.first = first;
    target.hidden = first <= 1;
    if (anchor) hold(anchor, top);
    requestAnimationFrame(() => byId("log").setAttribute("aria-live", "polite"));
  } catch (error) {
    byId("trouble").textContent = error.message;
  }
  target.disabled = false;
});

// Begin

byId("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("join-problem").textContent = "";
  try {
    await join(byId("name").value);
    composer.focus();
  } catch (error) {
    byId("join-problem").textContent = error.message;
  }
});

byId("rooms").addEventListener("change", ({ target }) => location.assign(`/?room=${encodeURIComponent(target.value)}`));

async function begin() {
  remember(me);
  byId("name").value = localStorage.getItem("tertulia name") ?? "";
  room ??= (await ask("/api/rooms")).rooms[0];
  composer = new Composer(context);
  panes = new Panes(context);
  state("open");
  listen();
  (me ? byId("write") : byId("name")).focus({ preventScroll: true });
}

begin().catch((error) => (byId("trouble").textContent = error.message));
