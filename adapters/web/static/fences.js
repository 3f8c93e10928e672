// A text as everybody reads it, before it is read as Markdown: opening fences stand on lines of their own, and comments
// of HTML are not there. The same rules as in agents/log/fences.py, by which code is found that runs.

const MARKS = "((?:[ \\t>]|(?:[-*+]|[0-9]{1,9}[.)])(?=[ \\t]))*)";
const OPENING = new RegExp(`^${MARKS}(\`{3,}(?=[^\`]*$)|~{3,})`);
const CLOSING = /^([ \t>]*)(`{3,}|~{3,})[ \t]*$/;
const IN_MID_LINE = /(?<![`~\\])(`{3,}|~{3,})(?:[ \t]*([A-Za-z0-9_+#.-]+))?[ \t]*$/;
const COMMENT = new RegExp(`${MARKS}<!--`, "y");

export function normalised(text) {
  if (!text.includes("```") && !text.includes("~~~") && !text.includes("<!--")) return text;
  const lines = text.split(/\r\n?|\n/);
  const reader = new Reader(lines.findLastIndex((line) => line.includes("-->")));
  lines.forEach((line, number) => reader.read(number, line));
  return reader.lines.join("\n");
}

class Reader {
  lines = [];
  #hidden = false;
  #fence = "";
  #indent = 0;
  #waiting = null;
  #lastComment;

  constructor(lastComment) {
    this.#lastComment = lastComment;
  }

  read(number, line) {
    if (this.#fence) {
      const closing = CLOSING.exec(line);
      if (closing?.[2].startsWith(this.#fence) && closing[1].length <= this.#indent + 3) this.#fence = "";
    } else if (this.#waiting && this.#closes(line, this.#waiting)) {
      this.#waiting = null;
    } else {
      if (!this.#waiting) line = this.#uncommented(number, line);
      const opening = OPENING.exec(line);
      const apart = openedInMidLine(line);
      if (opening) {
        [this.#fence, this.#indent, this.#waiting] = [opening[2], opening[1].length, null];
      } else if (apart && !this.#waiting) {
        this.#waiting = { at: this.lines.length, apart };
      }
    }
    this.lines.push(line);
  }

  #closes(line, { at, apart }) {
    const closing = CLOSING.exec(line);
    if (!closing?.[2].startsWith(apart[1])) return false;
    this.lines[at] = `${trimmed(apart.input.slice(0, apart.index))}\n${closing[1]}${apart[1]}${apart[2] ?? ""}`;
    return true;
  }

  #uncommented(number, line) {
    let marks = "";
    let at = 0;
    for (;;) {
      if (!this.#hidden) {
        const begun = this.#comment(number, line, at);
        if (!begun) return at ? trimmed(marks + line.slice(at)) : line;
        marks += begun[1];
        at += begun[0].length;
      }
      const end = line.indexOf("-->", at);
      this.#hidden = end < 0;
      if (this.#hidden) return trimmed(marks);
      at = end + 3;
      while (line[at] === " " || line[at] === "\t") at += 1;
    }
  }

  #comment(number, line, at) {
    COMMENT.lastIndex = at;
    const begun = number <= this.#lastComment ? COMMENT.exec(line) : null;
    if (!begun || begun[1].endsWith("    ")) return null;
    return number < this.#lastComment || line.includes("-->", at + begun[0].length) ? begun : null;
  }
}

function openedInMidLine(line) {
  const found = IN_MID_LINE.exec(line);
  return found && !line.slice(0, found.index).includes(found[1].slice(0, 3)) ? found : null;
}

function trimmed(text) {
  let end = text.length;
  while (text[end - 1] === " " || text[end - 1] === "\t") end -= 1;
  return text.slice(0, end);
}
