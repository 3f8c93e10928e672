// Why somebody had the floor, and what it cost, in sentences.

import { money, tokens } from "./dom.js";

/** Sentences about a turn: `{started, taken}` records, as far as this page has them. */
export function whyText(turn, record, { faces }) {
  const name = faces.name(record.by);
  if (!turn?.started) return [`Why ${name} spoke here is further up in the log; load earlier messages to see it.`];
  const { started, taken } = turn;
  const sentences = [`Why ${name}? ${whyOf(started)}`];
  if (started.choosing) sentences.push(`Choosing took ${cost(started.choosing)}.`);
  if (taken?.usage) sentences.push(`The turn took ${cost(taken.usage)}${taken.model ? ` with ${taken.model}` : ""}.`);
  return sentences;
}

/** "Chosen by the model." */
export function whyOf({ rung, reason }) {
  const text = reason || `chosen by ${rung}`;
  return text[0].toUpperCase() + text.slice(1).replace(/\.?$/, ".");
}

export const cost = (usage) => `${tokens(usage).toLocaleString()} tokens (${money(usage.usd)})`;
