// A little colour for code: comments, strings, numbers, keywords. Anything unknown stays plain.

const WORDS = {
  python:
    "and as assert async await break case class continue def del elif else except finally for from global if import in " +
    "is lambda match nonlocal not or pass raise return try while with yield None True False self",
  sh: "if then else elif fi for in do done while until case esac function return export local set echo cd exit",
  js:
    "async await break case catch class const continue default delete do else export extends finally for from function " +
    "if import in instanceof let new null of return static super switch this throw true false try typeof undefined var " +
    "void while yield interface type enum implements readonly public private",
  sql:
    "select from where insert into values update set delete create table index join left inner on and or not null as " +
    "order by group having limit distinct primary key unique SELECT FROM WHERE INSERT INTO VALUES UPDATE SET DELETE " +
    "CREATE TABLE INDEX JOIN LEFT INNER ON AND OR NOT NULL AS ORDER BY GROUP HAVING LIMIT DISTINCT PRIMARY KEY UNIQUE",
  c:
    "auto bool break case char class const continue default do double else enum extern float for fn func go if impl int " +
    "let long match mut new package pub return short signed sizeof static struct switch type typedef union unsigned use " +
    "using var void while true false nil null public private import",
  json: "true false null",
};
const ALIASES = {
  py: "python", python3: "python", bash: "sh", shell: "sh", zsh: "sh", javascript: "js", ts: "js", typescript: "js",
  jsx: "js", tsx: "js", cpp: "c", "c++": "c", rust: "c", go: "c", java: "c", h: "c", toml: "sh", yaml: "sh", yml: "sh",
};
const HASH = /#[^\n]*/;
const SLASH = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/;
const DASH = /--[^\n]*/;
const STRING = /"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\.)*`?/;
const REST = /\b\d[\w.]*\b|[A-Za-z_]\w*/;
const COMMENTS = { python: HASH, sh: HASH, js: SLASH, c: SLASH, sql: DASH, json: /(?!)/ };
const LONGEST = 30_000;

const rules = new Map();

function rulesFor(language) {
  const name = ALIASES[language] ?? language;
  if (!WORDS[name]) return null;
  if (!rules.has(name)) {
    const pattern = new RegExp(`(${COMMENTS[name].source})|(${STRING.source})|(${REST.source})`, "g");
    rules.set(name, { pattern, words: new Set(WORDS[name].split(" ")) });
  }
  return rules.get(name);
}

/** Append the code to a parent, in coloured pieces where the language is known. */
export function highlight(code, language, parent) {
  const found = code.length <= LONGEST ? rulesFor(language.toLowerCase()) : null;
  if (!found) {
    parent.append(code);
    return;
  }
  let end = 0;
  for (const match of code.matchAll(found.pattern)) {
    const kind = match[1] ? "comment" : match[2] ? "string" : /^\d/.test(match[0]) ? "number" : "";
    const shown = kind || (found.words.has(match[0]) ? "keyword" : code[match.index + match[0].length] === "(" ? "call" : "");
    if (!shown) continue;
    parent.append(code.slice(end, match.index));
    const piece = document.createElement("span");
    piece.className = `c-${shown}`;
    piece.textContent = match[0];
    parent.append(piece);
    end = match.index + match[0].length;
  }
  parent.append(code.slice(end));
}
