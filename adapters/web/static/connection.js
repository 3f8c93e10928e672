// The wire: one stream that tells everything, one door for what this person does.

const SILENCE = 40_000;
const SLOWEST = 5_000;
const HIDDEN = 120_000;

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export const roomUrl = (room, rest = "") => `/api/rooms/${encodeURIComponent(room)}${rest}`;

/** What tells a log from another one under the same name: when it began. */
export const originOf = (record) => (record.seq === 1 ? String(Math.trunc(record.at * 1000)) : "");

/** A refusal, as a sentence for the person; `status` is 0 where the server was not reached. */
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

async function refusal(response) {
  const answer = await response.json().catch(() => ({}));
  return new Refused(response.status, answer.error ?? "The web room gave an answer that makes no sense; reload the page.");
}

const authorization = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

export async function ask(path, { token, body, method = body ? "POST" : "GET", headers = {} } = {}) {
  let response;
  try {
    response = await fetch(path, { method, body, headers: { ...authorization(token), ...headers }, cache: "no-store" });
  } catch {
    throw new Refused(0, "The web room cannot be reached; nothing is lost, try again in a moment.");
  }
  if (!response.ok) throw await refusal(response);
  return response.json();
}

/** Send what a person did. A retry carries the same id, so that it happens once however often it is sent. */
export async function act(room, token, action) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask(roomUrl(room, "/events"), {
        token, body: JSON.stringify(action), headers: { "Content-Type": "application/json" },
      });
    } catch (error) {
      const again = error.status === 0 || error.status === 503;
      if (!again || attempt === 4) throw error;
      await wait(300 * 2 ** attempt);
    }
  }
}

export const upload = (room, token, file) =>
  ask(roomUrl(room, `/files?name=${encodeURIComponent(file.name || "pasted.png")}`), { token, body: file, method: "POST" });

/** The room's stream, kept open: it reconnects by itself and goes on after the last record it saw. */
export class Stream {
  #abort = null;
  #closed = false;
  #hidden = null;

  constructor({ room, token, cursor, origin, onEvent, onState }) {
    Object.assign(this, { room, token, cursor, origin, onEvent, onState });
    document.addEventListener("visibilitychange", this.#visibility);
    this.#run();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#hidden);
    document.removeEventListener("visibilitychange", this.#visibility);
    this.#abort?.abort();
  }

  // A browser opens few connections to one server: a tab that nobody looks at gives its own back.
  #visibility = () => {
    clearTimeout(this.#hidden);
    if (document.hidden) this.#hidden = setTimeout(() => this.#abort?.abort(), HIDDEN);
  };

  async #run() {
    let failures = 0;
    while (!this.#closed) {
      if (document.hidden && failures) await this.#shown();
      let error = null;
      try {
        await this.#listen(() => (failures = 0));
      } catch (caught) {
        error = caught;
      }
      if (this.#closed) return;
      failures += 1;
      this.onState("lost", error instanceof Refused ? error : null);
      await wait(Math.min(SLOWEST, 200 * 2 ** Math.min(failures, 6)) * (0.75 + Math.random() / 2));
    }
  }

  #shown() {
    return new Promise((done) => {
      const look = () => {
        if (document.hidden && !this.#closed) return;
        document.removeEventListener("visibilitychange", look);
        done();
      };
      document.addEventListener("visibilitychange", look);
      look();
    });
  }

  async #listen(opened) {
    const abort = (this.#abort = new AbortController());
    let watchdog = setTimeout(() => abort.abort(), SILENCE);
    try {
      const after = this.cursor === null ? "" : `?after=${this.cursor}&origin=${encodeURIComponent(this.origin)}`;
      const response = await fetch(roomUrl(this.room, `/stream${after}`), {
        headers: authorization(this.token), cache: "no-store", signal: abort.signal,
      });
      if (!response.ok) throw await refusal(response);
      opened();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE);
        const events = (rest + value).split("\n\n");
        rest = events.pop();
        for (const event of events) this.#dispatch(event);
      }
    } finally {
      clearTimeout(watchdog);
      abort.abort();
    }
  }

  #dispatch(text) {
    let name = "record";
    let data = "";
    for (const line of text.split("\n")) {
      if (line.startsWith("data: ")) data += line.slice(6);
      else if (line.startsWith("event: ")) name = line.slice(7);
    }
    if (!data || this.#closed) return;
    const value = JSON.parse(data);
    if (name === "record") {
      this.cursor = value.seq;
      this.origin ||= originOf(value);
    }
    if (name === "room") {
      this.cursor = value.first - 1;
      this.origin = value.origin;
    }
    this.onEvent(name, value);
  }
}
