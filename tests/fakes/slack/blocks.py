"""Block Kit's blocks as Slack checks them, and the limits of a message's blocks together.

Sources: docs.slack.dev/reference/block-kit/blocks; slackapi/bolt-js issue 2509 (all blocks together).
"""

import json
import re
from collections.abc import Callable

from tests.fakes.slack.calls import Refused
from tests.fakes.slack.elements import (
    ACCESSORIES,
    ACTIONS,
    CONTEXT_ACTIONS,
    INPUTS,
    Check,
    check_element,
)
from tests.fakes.slack.json_shapes import inside, is_array, is_object
from tests.fakes.slack.world import Payload

_HEADING = re.compile(r"^ {0,3}#{1,6}\s")
_RULE = re.compile(r"^ {0,3}([-*_])( *\1){2,} *$")

MOST_BLOCKS = 50
MOST_IN_MODAL = 100
MOST_MARKDOWN = 12_000
"""Characters of all markdown blocks of a payload together."""

MOST_ALTOGETHER = 13_200
"""Characters of text in all blocks of a message; measured by others, not documented."""

MOST_IN_TABLES = 10_000
"""Characters of all table cells of a message."""


def check_blocks(blocks: object, *, most: int = MOST_BLOCKS, modal: bool = False) -> list[Payload]:
    """The blocks, or Slack's refusal with every problem and its place."""
    if not is_array(blocks) or not all(is_object(block) for block in blocks):
        raise Refused("invalid_blocks_format")
    check = Check()
    if sum(_expanded(block) for block in blocks) > most:
        check.wrong(f"no more than {most} items allowed", "/blocks")
    ids: set[str] = set()
    for number, block in enumerate(blocks):
        at = f"/blocks/{number}"
        kind = str(block.get("type"))
        if kind not in _BLOCKS or (modal and kind in _NOT_IN_MODALS):
            check.wrong(f"unsupported type: {kind}", f"{at}/type")
            continue
        check.length(block, "block_id", at, 255)
        if block.get("block_id") in ids:
            check.wrong(f"`block_id` already exists: {block['block_id']}", f"{at}/block_id")
        if isinstance(block.get("block_id"), str):
            ids.add(str(block["block_id"]))
        _BLOCKS[kind](check, block, at)
    if check.problems:
        raise Refused("invalid_blocks", *check.problems)
    _check_sums(blocks)
    return blocks


def _expanded(block: Payload) -> int:
    """How many blocks Slack makes of one: a markdown block becomes one for each heading, table, rule and run between.

    Slack says that a markdown block may become several and does not say how; this is the cautious reading.
    """
    text = block.get("text")
    if block.get("type") != "markdown" or not isinstance(text, str):
        return 1
    kinds: list[str] = []
    fence = False
    for line in text.splitlines():
        fence ^= line.lstrip().startswith("```")
        kind = "run" if fence else _line_kind(line)
        if kind in ("heading", "rule") or not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return max(1, len(kinds))


def _line_kind(line: str) -> str:
    if _HEADING.match(line):
        return "heading"
    if _RULE.match(line):
        return "rule"
    return "table" if line.lstrip().startswith("|") else "run"


def _check_sums(blocks: list[Payload]) -> None:
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MOST_MARKDOWN:
        raise Refused("msg_too_long")
    tables = [block for block in blocks if block["type"] == "table"]
    if len(tables) > 1:
        raise Refused("invalid_attachments", "[ERROR] only_one_table_allowed [json-pointer:/blocks]")
    if sum(_characters(table) for table in tables) > MOST_IN_TABLES:
        raise Refused("invalid_blocks", "[ERROR] table is too large [json-pointer:/blocks]")
    if sum(_characters(block) for block in blocks) > MOST_ALTOGETHER:
        raise Refused("msg_blocks_too_long")


def _characters(part: object) -> int:
    """Characters that people read: the ``text`` of the part and of all within."""
    if not is_object(part):
        return sum(_characters(one) for one in inside(part))
    own = part.get("text")
    mine = len(own) if isinstance(own, str) else 0
    return mine + sum(_characters(one) for one in part.values())


def _section(check: Check, block: Payload, at: str) -> None:
    check.known(block, at, "text block_id fields accessory expand")
    if block.get("text") is None and block.get("fields") is None:
        check.wrong("missing required field: text", at)
    if block.get("text") is not None:
        check.text(block["text"], f"{at}/text", 3000)
    if block.get("fields") is not None:
        for number, field in enumerate(check.items(block, "fields", at, 10)):
            check.text(field, f"{at}/fields/{number}", 2000)
    if block.get("accessory") is not None:
        check_element(check, block["accessory"], f"{at}/accessory", ACCESSORIES)


def _header(check: Check, block: Payload, at: str) -> None:
    check.known(block, at, "text block_id level")
    check.text(block.get("text"), f"{at}/text", 150, plain=True)


def _divider(check: Check, block: Payload, at: str) -> None:
    check.known(block, at, "block_id")


def _image(check: Check, block: Payload, at: str) -> None:
    check.known(block, at, "image_url slack_file alt_text title block_id")
    check.required(block, at, "alt_text")
    check.length(block, "alt_text", at, 2000)
    check.length(block, "image_url", at, 3000)
    if not (block.get("image_url") or block.get("slack_file")):
        check.wrong("missing required field: image_url", at)
    if block.get("title") is not None:
        check.text(block["title"], f"{at}/title", 2000, plain=True)


def _actions(check: Check, block: Payload, at: str) -> None:
    check.known(block, at, "elements block_id")
    for number, element in enumerate(check.items(block, "elements", at, 25)):
        check_element(check, element, f"{at}/elements/{number}", ACTIONS)


def _context(check: Check, block: Payload, at: str) -> None:
    check.known(block, at, "elements block_id")
    for number, element in enumerate(check.items(block, "elements", at, 10)):
        place = f"{at}/elements/{number}"
        if is_object(element) and element.get("type") == "image":
            check_element(check, element, place, frozenset({"image"}))
        else:
            check.text(element, place, 3000)


def _context_actions(check: Check, block: Payload, at: str) -> None:
    check.known(block, at, "elements block_id")
    for number, element in enumerate(check.items(block, "elements", at, 5)):
        check_element(check, element, f"{at}/elements/{number}", CONTEXT_ACTIONS)


def _input(check: Check, block: Payload, at: str) -> None:
    check.known(block, at, "label element dispatch_action block_id hint optional")
    check.text(block.get("label"), f"{at}/label", 2000, plain=True)
    check_element(check, block.get("element"), f"{at}/element", INPUTS)
    if block.get("hint") is not None:
        check.text(block["hint"], f"{at}/hint", 2000, plain=True)


def _markdown(check: Check, block: Payload, at: str) -> None:
    check.known(block, at, "text block_id")
    check.required(block, at, "text")
    if not isinstance(block.get("text"), str) or not block["text"]:
        check.wrong("must be more than 0 characters", f"{at}/text")


def _table(check: Check, block: Payload, at: str) -> None:
    check.known(block, at, "rows column_settings block_id")
    check.items(block, "column_settings", at, 20, least=0)
    widths: set[int] = set()
    for number, row in enumerate(check.items(block, "rows", at, 100)):
        cells = check.items({"cells": row}, "cells", f"{at}/rows/{number}", 20)
        widths.add(len(cells))
        for column, cell in enumerate(cells):
            kind = cell.get("type") if is_object(cell) else None
            if kind not in ("raw_text", "rich_text", "raw_number"):
                check.wrong(f"unsupported type: {kind}", f"{at}/rows/{number}/{column}/type")
            elif kind == "raw_text" and is_object(cell):
                check.length(cell, "text", f"{at}/rows/{number}/{column}", MOST_IN_TABLES)
    if len(widths) > 1:
        check.wrong("rows must have the same number of cells", f"{at}/rows")


def _rich_text(check: Check, block: Payload, at: str) -> None:
    kinds = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
    for number, element in enumerate(check.items(block, "elements", at, 1000)):
        kind = element.get("type") if is_object(element) else None
        if kind not in kinds:
            check.wrong(f"unsupported type: {kind}", f"{at}/elements/{number}/type")


def _task_card(check: Check, block: Payload, at: str) -> None:
    check.required(block, at, "task_id title")
    if block.get("status") not in (None, "pending", "in_progress", "complete", "error"):
        check.wrong("must be a valid enum value", f"{at}/status")


def _titled(check: Check, block: Payload, at: str) -> None:
    check.required(block, at, "title")


def _alert(check: Check, block: Payload, at: str) -> None:
    check.text(block.get("text"), f"{at}/text", 200)


def _card(check: Check, block: Payload, at: str) -> None:
    for name, most in (("title", 150), ("subtitle", 150), ("body", 200), ("subtext", 200)):
        if block.get(name) is not None:
            check.text(block[name], f"{at}/{name}", most)
    if block.get("actions") is not None:
        for number, element in enumerate(check.items(block, "actions", at, 3)):
            check_element(check, element, f"{at}/actions/{number}", ACTIONS)


def _carousel(check: Check, block: Payload, at: str) -> None:
    for number, card in enumerate(check.items(block, "elements", at, 10)):
        if is_object(card) and card.get("type") == "card":
            _card(check, card, f"{at}/elements/{number}")
        else:
            check.wrong("must be a card", f"{at}/elements/{number}")


def _container(check: Check, block: Payload, at: str) -> None:
    check.items(block, "child_blocks", at, 10)


def _free(check: Check, block: Payload, at: str) -> None:
    """A block whose fields the fake does not look at, but for its size."""
    if len(json.dumps(block)) > 50_000:
        check.wrong("must be smaller", at)


_BLOCKS: dict[str, Callable[[Check, Payload, str], None]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "image": _image,
    "actions": _actions,
    "context": _context,
    "context_actions": _context_actions,
    "input": _input,
    "markdown": _markdown,
    "table": _table,
    "rich_text": _rich_text,
    "task_card": _task_card,
    "plan": _titled,
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    **dict.fromkeys(("file", "video"), _free),
}
_NOT_IN_MODALS = frozenset({"markdown", "table", "task_card", "plan", "context_actions", "file"})
