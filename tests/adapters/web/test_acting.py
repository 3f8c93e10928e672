"""What people do in a page, and what they are told when it cannot be done."""

import json
from uuid import uuid4

import pytest

from adapters.web.actions import MAX_MESSAGE
from agents.errors import ModelFailed, NotAllowed, StoreFailed, WrongUse
from agents.log.events import Answered, Asked, Deleted, Edited, Event, Reset, Said, Usage
from agents.log.participants import Mention, Profile
from agents.people.command_actions import PrivateReply
from tests.adapters.web.visiting import visit
from tests.browser.house import CODER, PLANNER, ROOM, Played

EVENTS = f"/api/rooms/{ROOM}/events"


async def events_of(house: Played) -> list[tuple[str, Event | None]]:
    return [(record.by, record.event) for record in await house.ports.store.log.read(ROOM)]


async def test_p36_what_a_person_says_is_in_the_log_with_whom_it_addresses() -> None:
    house = Played()
    await house.arrive()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        status, answer = await visitor.does("said", text="@coder, please")
        assert (status, answer) == (200, {"text": None})
    said = (await events_of(house))[-1]
    assert said == (
        "person:web/ana",
        Said(text="@coder, please", mentions=(Mention(participant=CODER, start=0, end=6),)),
    )


async def test_p3_the_same_action_sent_twice_happens_once() -> None:
    house = Played()
    id_ = str(uuid4())
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        for _ in range(3):
            assert (await visitor.does("said", id_=id_, text="Once"))[0] == 200
    records = [record for record in await house.ports.store.log.read(ROOM) if isinstance(record.event, Said)]
    assert [record.source for record in records] == [f"web:{id_}"]


async def test_p12_a_person_edits_and_deletes_only_their_own_messages() -> None:
    house = Played()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        await visitor.does("said", text="Good morning")
        own = (await house.ports.store.log.read(ROOM))[-1].seq
        others = await house.says("person:web/ben", "Mine")
        assert (await visitor.does("edited", target=own, text="Hello @coder"))[0] == 200
        for action in ("edited", "deleted"):
            text = {"text": "Yours"} if action == "edited" else {}
            status, answer = await visitor.does(action, target=others, **text)
            assert status == 403
            assert (
                answer["error"]
                == f"You can {action[:-2] if action == 'edited' else 'delete'} only what you wrote yourself."
            )
        assert (await visitor.does("deleted", target=own))[0] == 200
    assert [event for _, event in await events_of(house)][1:] == [None, Said(text="Mine"), None, Deleted(target=own)]


async def test_c5_a_question_is_answered_by_option_or_in_words() -> None:
    house = Played()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        first = await house.happens(Asked(text="Shall I?", options=("Yes", "No")), by=PLANNER)
        second = await house.happens(Asked(text="Which colour?"), by=PLANNER)
        assert (await visitor.does("answered", question=first, option="Yes"))[0] == 200
        assert (await visitor.does("answered", question=second, text="Ochre"))[0] == 200
        status, answer = await visitor.does("answered", question=first, option="No")
        assert (status, answer["error"]) == (400, "Ana has already answered: Yes.")
    answers = [event for _, event in await events_of(house) if isinstance(event, Answered)]
    assert answers == [Answered(question=first, option="Yes"), Answered(question=second, text="Ochre")]


async def test_p16_a_command_is_carried_out_and_its_answer_is_for_its_writer_only() -> None:
    house = Played()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        status, answer = await visitor.does("said", text="/next")
        assert (status, answer) == (200, {"text": "Nobody is speaking; write something."})
        status, answer = await visitor.does("said", text="/nxt")
        assert status == 400
        assert answer["error"].startswith("There is no command /nxt; did you mean /next?")
        about = await visitor.about()
        assert ["halt", "Silence all agents until resume."] in about["commands"]
    assert await events_of(house) == []


async def test_c28_an_export_comes_back_as_a_file() -> None:
    house = Played()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        await visitor.does("said", text="For the record")
        _, answer = await visitor.does("said", text="/export jsonl")
    assert answer["text"] == "2 records of this room."
    assert answer["file"]["name"] == "conversation.jsonl"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"\xff\xfe{}", "What arrived is not JSON in UTF-8; reload the page and send it again."),
        (b"{", "What arrived is not JSON in UTF-8; reload the page and send it again."),
        (b"[" * 200_000, "What arrived is not JSON in UTF-8; reload the page and send it again."),
        ({"type": "said", "id": "1", "text": "x"}, "id"),
        ({"type": "stopped", "id": str(uuid4()), "reason": "x"}, "stopped"),
        ({"type": "said", "id": str(uuid4()), "text": 5}, "text"),
        ({"type": "said", "id": str(uuid4()), "text": "x", "audience": ["agent:coder"]}, "audience"),
        ({"type": "said", "id": str(uuid4()), "text": " \n "}, "The message is empty; write something first."),
        ({"type": "edited", "id": str(uuid4()), "target": 1, "text": ""}, "An edited message needs a text"),
        ({"type": "deleted", "id": str(uuid4()), "target": 0}, "target"),
        ({"type": "answered", "id": str(uuid4()), "question": 1}, "The answer is empty"),
        ({"type": "said", "id": str(uuid4()), "text": "x", "files": [{"sha256": "../x", "name": "n"}]}, "sha256"),
        (["said"], "all of it"),
    ],
)
async def test_p36_what_no_page_would_send_is_refused_with_a_sentence(body: object, sentence: str) -> None:
    house = Played()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        status, answer = await visitor.post(EVENTS, body)
    assert status == 400
    assert sentence in answer["error"]
    assert await events_of(house) == []


async def test_p36_half_a_character_is_refused_instead_of_breaking_the_store() -> None:
    house = Played()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        status, answer = await visitor.post(
            EVENTS, b'{"type": "said", "id": "%s", "text": "\\ud83d"}' % str(uuid4()).encode()
        )
    assert status == 400
    assert answer["error"] == "This was not sent (said.text: it holds half a character; write it again)."


@pytest.mark.parametrize(
    ("length", "status"), [(100_000, 200), (100_001, 400), (MAX_MESSAGE + 1, 400), (9_000_000, 413)]
)
async def test_p36_a_message_that_is_too_long_is_refused_with_what_to_do(length: int, status: int) -> None:
    house = Played()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        got, answer = await visitor.does("said", text="x" * length)
    assert got == status
    assert status == 200 or "file" in answer["error"] or "at once" in answer["error"]


async def test_p36_nobody_writes_without_having_entered_a_name() -> None:
    house = Played()
    async with visit(house) as visitor:
        for token in ("", "made-up"):
            visitor.token = token
            status, answer = await visitor.does("said", text="Hello")
            assert (status, answer["error"]) == (
                401,
                "This page does not know who you are any more; enter your name again.",
            )
    assert await events_of(house) == []


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (NotAllowed("Only an admin can do this; ask one."), 403, "Only an admin can do this; ask one."),
        (WrongUse("That cannot be meant; write it again."), 400, "That cannot be meant; write it again."),
        (ModelFailed("The endpoint is down; try later.", kind="server"), 502, "The endpoint is down; try later."),
        (StoreFailed("The disk is full."), 503, "The disk is full. What you wrote is still in the page."),
        (TimeoutError(), 503, "The room did not answer in time; try again in a moment."),
    ],
)
async def test_p9_what_the_door_says_is_said_to_the_one_who_knocked(
    error: Exception, status: int, sentence: str
) -> None:
    house = Played()

    class ClosedDoor:
        async def enter(self, room: str, by: Profile, event: Event, **more: object) -> PrivateReply | None:
            raise error

        def commands(self) -> tuple[tuple[str, str], ...]:
            return ()

    house.door = ClosedDoor()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        got, answer = await visitor.does("said", text="Hello")
    assert (got, answer) == (status, {"error": sentence})


async def test_p7_the_floor_and_the_money_are_told_on_demand() -> None:
    house = Played()
    await house.arrive()
    usage, choosing = Usage(input_tokens=90, output_tokens=10, usd=0.002), Usage(input_tokens=20, usd=0.0001)
    for _ in range(2):
        await house.turn(CODER, Said(text="Done"), reason="chosen by the model", usage=usage, choosing=choosing)
    running = await house.starts(PLANNER, "mentioned", "coder addressed it")
    asked = await house.happens(Asked(text="Go on?"), by=CODER)
    async with visit(house) as visitor:
        about = await visitor.about()
    assert about["spend"][0] == {
        "id": CODER, "turns": 2, "model": "gpt-5-mini",
        "usage": {"input_tokens": 180, "output_tokens": 20, "usd": 0.004},
        "choosing": {"input_tokens": 40, "usd": 0.0002},
    }  # fmt: skip
    assert (about["floor"]["turn"]["seq"], about["floor"]["turn"]["key"]) == (running, f"{running - 1}/{PLANNER}")
    assert about["floor"]["turn"]["reason"] == "coder addressed it"
    assert [turn["choosing"]["usd"] for turn in about["floor"]["past"]] == [0.0001, 0.0001]
    assert [question["seq"] for question in about["questions"]] == [asked]
    await house.happens(Answered(question=asked, text="Yes"), by="person:web/ana")
    async with visit(house) as visitor:
        assert (await visitor.about())["questions"] == []


async def test_c28_questions_of_before_a_reset_wait_no_more() -> None:
    house = Played()
    await house.happens(Asked(text="Go on?"), by=CODER)
    await house.happens(Reset(), by="person:web/ana")
    async with visit(house) as visitor:
        assert (await visitor.about())["questions"] == []


async def test_p42_a_room_that_the_house_does_not_have_cannot_be_opened() -> None:
    house = Played(rooms=(ROOM, "web:a/b"))
    await house.happens(Said(text="secret"), by=PLANNER, room="slack:T1/C1")
    await house.happens(Said(text="in b"), by=PLANNER, room="web:a/b")
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        assert await visitor.get("/api/rooms") == (200, {"rooms": [ROOM, "web:a/b"]})
        for path in ("", "/stream", "/records", f"/files/{'0' * 64}"):
            status, answer = await visitor.get(f"/api/rooms/slack:T1%2FC1{path}")
            assert status == 404
            assert "secret" not in json.dumps(answer)
        assert (await visitor.does("said", room="slack:T1%2FC1", text="x"))[0] == 404
        _, page = await visitor.get("/api/rooms/web:a%2Fb/records")
        assert [record["text"] for record in page["records"]] == ["in b"]


async def test_a_child_room_can_be_read_and_nobody_writes_there() -> None:
    house = Played()
    await house.happens(Said(text="inner words"), by=PLANNER, room=f"{ROOM}~3.1")
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        _, page = await visitor.get(f"/api/rooms/{ROOM}~3.1/records")
        assert [record["text"] for record in page["records"]] == ["inner words"]
        assert (await visitor.get(f"/api/rooms/{ROOM}~3.1"))[1]["parent"] == ROOM
        assert (await visitor.get(f"/api/rooms/{ROOM}~3.1"))[1]["faces"] == []
        assert (await visitor.about())["parent"] is None
        status, answer = await visitor.does("said", room=f"{ROOM}~3.1", text="Let me in.")
        assert status == 403
        assert f"write to {ROOM}" in answer["error"]
        assert (await visitor.get(f"/api/rooms/{ROOM}~9.1"))[0] == 404
        assert (await visitor.get("/api/rooms/slack:T1%2FC1~3.1"))[0] == 404


async def test_p12_an_edit_resolves_mentions_anew() -> None:
    house = Played()
    await house.arrive()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        await visitor.does("said", text="@coder go")
        own = (await house.ports.store.log.read(ROOM))[-1].seq
        await visitor.does("edited", target=own, text="@planner go")
    edited = (await events_of(house))[-1][1]
    assert isinstance(edited, Edited)
    assert [mention.participant for mention in edited.mentions] == [PLANNER]
