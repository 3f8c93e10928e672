// The web page's reader of Markdown's blocks: markdown-it's own, of the version that markdown-it-py is a copy of, so that
// the page shows as code what the code runner runs. It is made into adapters/web/static/commonmark.js with
//
//   npm install markdown-it@14.1.0 esbuild
//   npx esbuild scripts/commonmark/blocks.mjs --bundle --format=esm --minify --legal-comments=none
//     --alias:entities=./scripts/commonmark/unused.mjs --alias:mdurl=./scripts/commonmark/unused.mjs
//     --alias:uc.micro=./scripts/commonmark/unused.mjs --banner:js="$(cat scripts/commonmark/banner.txt)"
//     --outfile=adapters/web/static/commonmark.js

import parseLinkDestination from "markdown-it/lib/helpers/parse_link_destination.mjs";
import parseLinkTitle from "markdown-it/lib/helpers/parse_link_title.mjs";
import ParserBlock from "markdown-it/lib/parser_block.mjs";

const NEVER = /^(?:vbscript|javascript|file|data):/;
const PICTURE = /^data:image\/(?:gif|png|jpeg|webp);/;

const reader = {
  block: new ParserBlock(),
  options: { html: false, maxNesting: 100 },
  helpers: { parseLinkDestination, parseLinkTitle },
  normalizeLink: (address) => address,
  validateLink: (address) => !NEVER.test(address.trim().toLowerCase()) || PICTURE.test(address.trim().toLowerCase()),
};

/** The tokens of a text's blocks; `links` says whether it may define addresses of links. */
export function tokensOf(text, links) {
  reader.block.ruler[links ? "enable" : "disable"]("reference");
  const found = [];
  reader.block.parse(text, reader, {}, found);
  return found;
}
