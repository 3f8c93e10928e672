"""Modals and home tabs, opened and answered by a real slack_bolt program."""

from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import Listener, refused
from tests.fakes.slack.test_interacting import ask, plain


def modal(*blocks: dict[str, Any], **more: object) -> dict[str, Any]:
    """A modal with these blocks."""
    view = {"type": "modal", "callback_id": "answer", "title": plain("Answer"), "submit": plain("Send")}
    return {**view, "blocks": list(blocks), **more}


WORDS = {"type": "input", "block_id": "words", "label": plain("Words"), "element": {"type": "plain_text_input"}}


async def open_modal(place: Place, listener: Listener, view: dict[str, Any]) -> str:
    """Have the program open a modal when ana presses; the view's id."""

    async def show(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await ack()

    listener.app.action("approve")(show)
    await place.slack.click(place.ana, place.room, await ask(place), action_id="approve")
    return place.slack.open_views[-1].id


async def test_a_modal_is_opened_filled_in_and_sent(place: Place, listener: Listener) -> None:
    sent: list[dict[str, Any]] = []

    async def take(ack: AsyncAck, view: dict[str, Any]) -> None:
        sent.append(view)
        await ack()

    listener.app.view("answer")(take)
    id_ = await open_modal(place, listener, modal(WORDS, private_metadata="room#1"))
    with pytest.raises(ValueError, match="is required"):
        await place.slack.submit_view(place.ana, id_, {})
    with pytest.raises(ValueError, match="no inputs"):
        await place.slack.submit_view(place.ana, id_, {"words": "yes", "other": "no"})
    with pytest.raises(ValueError, match="no view"):
        await place.slack.submit_view(place.ben, id_, {"words": "yes"})
    assert (await place.slack.submit_view(place.ana, id_, {"words": "yes"})).answered
    (view,) = sent
    assert view["private_metadata"] == "room#1"
    assert [value["value"] for value in view["state"]["values"]["words"].values()] == ["yes"]
    assert not place.slack.open_views


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"response_action": "errors", "errors": {"words": "Too short."}}, ["answer"]),
        ({"response_action": "update", "view": modal(callback_id="thanks")}, ["thanks"]),
        ({"response_action": "push", "view": modal(callback_id="more")}, ["answer", "more"]),
        ({"response_action": "clear"}, []),
    ],
)
async def test_what_a_program_answers_happens_to_the_modal(
    place: Place, listener: Listener, answer: dict[str, Any], left: list[str]
) -> None:
    async def take(ack: AsyncAck) -> None:
        await ack(**answer)

    listener.app.view("answer")(take)
    id_ = await open_modal(place, listener, modal(WORDS))
    await place.slack.submit_view(place.ana, id_, {"words": "yes"})
    assert [one.view["callback_id"] for one in place.slack.open_views] == left


@pytest.mark.parametrize(
    "answer", [{"response_action": "errors", "errors": {"other": "What?"}}, {"response_action": "vanish"}]
)
async def test_an_answer_that_slack_does_not_understand_is_an_error(
    place: Place, listener: Listener, answer: dict[str, Any]
) -> None:
    async def take(ack: AsyncAck) -> None:
        await ack(**answer)

    listener.app.view("answer")(take)
    id_ = await open_modal(place, listener, modal(WORDS))
    with pytest.raises(ValueError, match="response_action"):
        await place.slack.submit_view(place.ana, id_, {"words": "yes"})


@pytest.mark.parametrize("asked", [True, False])
async def test_a_closed_modal_is_told_if_the_program_asked(place: Place, listener: Listener, asked: bool) -> None:
    async def note(ack: AsyncAck) -> None:
        await ack()

    listener.app.view_closed("answer")(note)
    view = await open_modal(place, listener, modal(WORDS, notify_on_close=asked))
    await place.slack.close_view(place.ana, view)
    await place.slack.delivered()
    told = [one.payload["type"] for one in place.slack.deliveries if one.kind == "interactive"]
    assert told == (["block_actions", "view_closed"] if asked else ["block_actions"])


async def test_a_trigger_opens_one_modal_within_three_seconds(place: Place, listener: Listener) -> None:
    triggers: list[str] = []

    async def keep(ack: AsyncAck, body: dict[str, Any]) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    listener.app.action("approve")(keep)
    ts = await ask(place)
    for _ in range(2):
        await place.slack.click(place.ana, place.room, ts, action_id="approve")
    opening = place.client.views_open
    assert await refused(opening(trigger_id="1.2.3", view=modal(WORDS))) == "invalid_trigger_id"
    await opening(trigger_id=triggers[0], view=modal(WORDS))
    assert await refused(opening(trigger_id=triggers[0], view=modal(WORDS))) == "exchanged_trigger_id"
    place.slack.clock.advance(4)
    assert await refused(opening(trigger_id=triggers[1], view=modal(WORDS))) == "expired_trigger_id"


async def test_an_open_modal_changes_for_who_holds_its_hash(place: Place, listener: Listener) -> None:
    id_ = await open_modal(place, listener, modal(WORDS))
    old = place.slack.open_views[0].hash
    update = place.client.views_update
    await update(view_id=id_, view=modal(callback_id="changed"), hash=old)
    assert place.slack.open_views[0].view["callback_id"] == "changed"
    assert await refused(update(view_id=id_, view=modal(), hash=old)) == "hash_conflict"
    assert await refused(update(view_id="V404", view=modal())) == "not_found"
    named = modal(external_id="mine")
    await update(view_id=id_, view=named)
    await update(external_id="mine", view=named)


async def test_modals_lie_three_deep(place: Place, listener: Listener) -> None:
    triggers: list[str] = []

    async def keep(ack: AsyncAck, body: dict[str, Any]) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    listener.app.action("approve")(keep)
    ts = await ask(place)
    for _ in range(4):
        await place.slack.click(place.ana, place.room, ts, action_id="approve")
    push = place.client.views_push
    for one in triggers[:3]:
        await push(trigger_id=one, view=modal(WORDS))
    assert await refused(push(trigger_id=triggers[3], view=modal(WORDS))) == "push_limit_reached"
    assert len({one.root for one in place.slack.open_views}) == 1


@pytest.mark.parametrize(
    "view",
    [
        modal(WORDS, title=plain("a" * 25)),
        modal(WORDS, title={"type": "mrkdwn", "text": "a"}),
        modal(WORDS, submit=plain("a" * 25)),
        modal(WORDS, submit=None),
        modal(WORDS, callback_id="a" * 256),
        modal(WORDS, private_metadata="a" * 3001),
        modal(WORDS, colour="red"),
        modal(*[{"type": "divider"}] * 101),
        modal({"type": "markdown", "text": "a"}),
        modal({**WORDS, "element": {"type": "plain_text_input", "max_length": 3001}}),
        modal({**WORDS, "element": {"type": "button", "text": plain("a")}}),
        modal({**WORDS, "label": plain("a" * 2001)}),
        modal({**WORDS, "hint": {"type": "mrkdwn", "text": "a"}}),
        {"type": "home", "blocks": []},
        ["view"],
    ],
)
async def test_a_wrong_view_is_refused(place: Place, view: object) -> None:
    call = place.client.api_call("views.open", json={"trigger_id": "1.2.3", "view": view})
    assert await refused(call) == "invalid_arguments"


async def test_a_home_tab_is_published_for_a_person(place: Place) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    await place.client.views_publish(user_id=place.ana, view=home)
    assert place.slack.site.homes[place.app.app_id, place.ana] == home
    assert await refused(place.client.views_publish(user_id="U404", view=home)) == "user_not_found"


async def test_a_modals_menus_hold_what_was_chosen(place: Place, listener: Listener) -> None:
    sent: list[dict[str, Any]] = []

    async def take(ack: AsyncAck, view: dict[str, Any]) -> None:
        sent.append(view["state"]["values"])
        await ack()

    listener.app.view("answer")(take)
    options = [{"text": plain(name), "value": name} for name in ("a", "b")]
    one = {"type": "radio_buttons", "action_id": "one", "options": options}
    who = {"type": "users_select", "action_id": "who", "placeholder": plain("Somebody")}
    note = {"type": "plain_text_input", "action_id": "note", "max_length": 5}
    blocks = [
        {"type": "input", "block_id": "b1", "label": plain("One"), "element": one},
        {"type": "input", "block_id": "b2", "label": plain("Who"), "element": who},
        {"type": "divider"},
        {"type": "input", "block_id": "b3", "label": plain("Note"), "element": note, "optional": True},
    ]
    id_ = await open_modal(place, listener, modal(*blocks))
    with pytest.raises(ValueError, match="cannot be typed"):
        await place.slack.submit_view(place.ana, id_, {"one": "b", "who": place.ben, "note": "too long"})
    await place.slack.submit_view(place.ana, id_, {"one": "b", "who": place.ben})
    (values,) = sent
    assert values["b1"]["one"]["selected_option"]["value"] == "b"
    assert values["b2"]["who"]["selected_user"] == place.ben
    assert values["b3"]["note"]["value"] is None
