"""Block Kit's limits (the table in the facts on Slack), at their edges."""

from typing import Any

import pytest

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import refused

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def button(text: str = "Go", **more: object) -> Block:
    return {"type": "button", "text": plain(text), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def section(text: str, **more: object) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def markdown(text: str) -> Block:
    return {"type": "markdown", "text": text}


def table(rows: int, columns: int, text: str = "x") -> Block:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


def context_actions(*elements: Block) -> Block:
    return {"type": "context_actions", "elements": list(elements)}


def menu(option: object) -> Block:
    return {"type": "overflow", "options": [option]}


TASK: Block = {"type": "task_card", "task_id": "1", "title": "Look", "status": "in_progress"}

GOOD: list[list[Block]] = [
    [section("a" * 3000)],
    [{"type": "section", "fields": [mrkdwn("a" * 1000)] * 10}],
    [{"type": "header", "text": plain("a" * 150)}],
    [actions(*[button(action_id=f"a{number}") for number in range(25)])],
    [actions(button("a" * 75, value="v" * 2000, action_id="i" * 255, style="primary"))],
    [{"type": "context", "elements": [mrkdwn("a")] * 10}],
    [{"type": "divider", "block_id": "b" * 255}] + [{"type": "divider"}] * 49,
    [markdown("a" * 12_000)],
    [markdown("a" * 6000), markdown("b" * 6000)],
    [markdown("# Title\n" * 50)],
    [markdown("```\n" + "# no title\n" * 500 + "```")],
    [table(100, 20, "a")],
    [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}],
    [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}],
    [TASK],
    [{"type": "plan", "title": "Plan"}],
    [{"type": "alert", "text": mrkdwn("a" * 200)}, {"type": "video"}],
    [{"type": "carousel", "elements": [{"type": "card", "body": mrkdwn("a"), "actions": [button()]}]}],
    [{"type": "container", "child_blocks": [{"type": "divider"}]}],
    [{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a", "title": plain("a")}],
    [{"type": "context", "elements": [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}]}],
    [
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "positive_button": {"text": plain("Good"), "value": "1"},
                    "negative_button": {"text": plain("Bad"), "value": "0"},
                },
                {"type": "icon_button", "icon": "trash", "text": plain("Remove")},
            ],
        }
    ],
    [
        section(
            "Choose",
            accessory={
                "type": "static_select",
                "action_id": "s",
                "placeholder": plain("One"),
                "options": [{"text": plain("a"), "value": "a"}],
            },
        )
    ],
    [
        actions(
            button(
                confirm={
                    "title": plain("Sure?"),
                    "text": plain("It runs."),
                    "confirm": plain("Yes"),
                    "deny": plain("No"),
                }
            )
        )
    ],
]

BAD: list[tuple[str, list[Block], str]] = [
    ("a section of 3,001", [section("a" * 3001)], "invalid_blocks"),
    ("an empty section", [section("")], "invalid_blocks"),
    ("a section without text", [{"type": "section"}], "invalid_blocks"),
    ("eleven fields", [{"type": "section", "fields": [mrkdwn("a")] * 11}], "invalid_blocks"),
    ("a field of 2,001", [{"type": "section", "fields": [mrkdwn("a" * 2001)]}], "invalid_blocks"),
    ("a header of 151", [{"type": "header", "text": plain("a" * 151)}], "invalid_blocks"),
    ("a header in mrkdwn", [{"type": "header", "text": mrkdwn("a")}], "invalid_blocks"),
    ("26 actions", [actions(*[button()] * 26)], "invalid_blocks"),
    ("no actions", [actions()], "invalid_blocks"),
    ("a button of 76", [actions(button("a" * 76))], "invalid_blocks"),
    ("a button in mrkdwn", [actions({"type": "button", "text": mrkdwn("a")})], "invalid_blocks"),
    ("a value of 2,001", [actions(button(value="a" * 2001))], "invalid_blocks"),
    ("an action_id of 256", [actions(button(action_id="a" * 256))], "invalid_blocks"),
    ("an action_id twice", [actions(button(action_id="a"), button(action_id="a"))], "invalid_blocks"),
    ("an unknown style", [actions(button(style="green"))], "invalid_blocks"),
    ("an unknown field", [actions(button(colour="green"))], "invalid_blocks"),
    ("a text input among actions", [actions({"type": "plain_text_input", "action_id": "a"})], "invalid_blocks"),
    ("a confirmation without a title", [actions(button(confirm={"text": plain("a")}))], "invalid_blocks"),
    ("a confirmation that is no object", [actions(button(confirm="sure"))], "invalid_blocks"),
    ("eleven in a context", [{"type": "context", "elements": [mrkdwn("a")] * 11}], "invalid_blocks"),
    ("a button in a context", [{"type": "context", "elements": [button()]}], "invalid_blocks"),
    ("six context actions", [context_actions(*[{"type": "icon_button"}] * 6)], "invalid_blocks"),
    (
        "feedback without buttons",
        [{"type": "context_actions", "elements": [{"type": "feedback_buttons"}]}],
        "invalid_blocks",
    ),
    ("a block_id of 256", [{"type": "divider", "block_id": "b" * 256}], "invalid_blocks"),
    ("a block_id twice", [{"type": "divider", "block_id": "b"}] * 2, "invalid_blocks"),
    ("51 blocks", [{"type": "divider"}] * 51, "invalid_blocks"),
    ("an unknown block", [{"type": "heading"}], "invalid_blocks"),
    ("a markdown of 12,001", [markdown("a" * 12_001)], "msg_too_long"),
    ("markdowns of 12,001 together", [markdown("a" * 6000), markdown("a" * 6001)], "msg_too_long"),
    ("an empty markdown", [markdown("")], "invalid_blocks"),
    ("a markdown of 51 headings", [markdown("# a\n" * 51)], "invalid_blocks"),
    ("a markdown of 51 rules", [markdown("---\n" * 51)], "invalid_blocks"),
    ("13,201 altogether", [section("a" * 3000)] * 4 + [section("a" * 1201)], "msg_blocks_too_long"),
    ("101 rows", [table(101, 1)], "invalid_blocks"),
    ("21 columns", [table(1, 21)], "invalid_blocks"),
    ("two tables", [table(1, 1), table(1, 1)], "invalid_attachments"),
    ("a table of 10,001", [table(1, 2, "a" * 5001)], "invalid_blocks"),
    ("uneven rows", [{"type": "table", "rows": [*table(1, 1)["rows"], *table(1, 2)["rows"]]}], "invalid_blocks"),
    ("a cell in mrkdwn", [{"type": "table", "rows": [[mrkdwn("a")]]}], "invalid_blocks"),
    ("an image without alt_text", [{"type": "image", "image_url": "https://example.com/a.png"}], "invalid_blocks"),
    ("an image without address", [{"type": "image", "alt_text": "a"}], "invalid_blocks"),
    ("a rich text of nothing known", [{"type": "rich_text", "elements": [{"type": "text"}]}], "invalid_blocks"),
    (
        "a task of no known status",
        [{"type": "task_card", "task_id": "1", "title": "a", "status": "done"}],
        "invalid_blocks",
    ),
    (
        "an option without value",
        [section("a", accessory={"type": "overflow", "options": [{"text": plain("a")}]})],
        "invalid_blocks",
    ),
    ("an input as accessory", [section("a", accessory={"type": "plain_text_input"})], "invalid_blocks"),
    ("a block of great size", [{"type": "video", "text": "a" * 50_001}], "invalid_blocks"),
    ("an alert of 201", [{"type": "alert", "text": mrkdwn("a" * 201)}], "invalid_blocks"),
    ("a card with a title of 151", [{"type": "card", "title": mrkdwn("a" * 151)}], "invalid_blocks"),
    ("a card with four buttons", [{"type": "card", "actions": [button()] * 4}], "invalid_blocks"),
    ("a carousel of eleven", [{"type": "carousel", "elements": [{"type": "card"}] * 11}], "invalid_blocks"),
    ("a carousel of dividers", [{"type": "carousel", "elements": [{"type": "divider"}]}], "invalid_blocks"),
    ("a container of eleven", [{"type": "container", "child_blocks": [{"type": "divider"}] * 11}], "invalid_blocks"),
    ("a row that is no array", [{"type": "table", "rows": ["a"]}], "invalid_blocks"),
    ("a text that is no object", [{"type": "section", "text": "a"}], "invalid_blocks"),
    ("elements that are no array", [{"type": "actions", "elements": button()}], "invalid_blocks"),
    ("an element that is no object", [{"type": "actions", "elements": ["Go"]}], "invalid_blocks"),
    ("a text that is a number", [section("a", fields=[{"type": "mrkdwn", "text": 1}])], "invalid_blocks"),
]


@pytest.mark.parametrize("blocks", GOOD, ids=range(len(GOOD)))
async def test_r16_slack_takes_blocks_up_to_their_limits(place: Place, blocks: list[Block]) -> None:
    await place.client.chat_postMessage(channel=place.room, text="fallback", blocks=blocks)
    assert len(place.slack.messages(place.room)[0].blocks) == len(blocks)


@pytest.mark.parametrize(("blocks", "error"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
async def test_r16_slack_refuses_blocks_beyond_their_limits(place: Place, blocks: list[Block], error: str) -> None:
    assert await refused(place.client.chat_postMessage(channel=place.room, text="fallback", blocks=blocks)) == error


async def test_a_refusal_of_blocks_says_where_each_problem_is(place: Place) -> None:
    blocks = [{"type": "divider"}, section("a" * 3001)]
    call = place.client.chat_postMessage(channel=place.room, text="x", blocks=blocks)
    with pytest.raises(Exception, match=r"less than 3001 characters \[json-pointer:/blocks/1/text/text\]"):
        await call


async def test_blocks_without_an_id_get_one(place: Place) -> None:
    blocks = [actions(button(action_id="go")), {"type": "divider", "block_id": "mine"}]
    answer = await place.client.chat_postMessage(channel=place.room, text="x", blocks=blocks)
    given = [block["block_id"] for block in answer["message"]["blocks"]]
    assert given[1] == "mine"
    assert given[0]
