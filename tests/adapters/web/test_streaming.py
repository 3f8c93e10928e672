"""The stream of a room: what the log holds, then what happens."""

import asyncio
from contextlib import suppress

import pytest
from msgspec.structs import replace

from adapters.web import stream
from agents.errors import StoreFailed
from agents.log.events import (
    Answered,
    Asked,
    Deleted,
    Edited,
    Halted,
    Resumed,
    Said,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
)
from agents.log.records import Entry
from agents.log.room_id import RoomId
from agents.ports import Draft, OpenDraft
from tests.adapters.web.visiting import visit, visiting
from tests.browser.house import CODER, PLANNER, ROOM, Played

ANA, BEN = "person:web/ana", "person:web/ben"


async def test_p36_a_page_gets_what_the_log_holds_and_then_what_happens() -> None:
    house = Played()
    await house.arrive()
    first = await house.says(ANA, "Good evening")
    async with visit(house) as visitor, visitor.listening() as room:
        opening = await room.until("ready")
        assert opening[0][0] == "room"
        told = [data for name, data in opening if name == "record"]
        assert [record["seq"] for record in told] == list(range(1, first + 1))
        assert told[-1] | {"at": 0} == {
            "v": 1, "room": ROOM, "seq": first, "at": 0, "turn": None, "by": ANA, "type": "said",
            "text": "Good evening",
        }  # fmt: skip
        later = await house.says(ANA, "Anybody here?")
        assert (await room.records(later))[-1]["text"] == "Anybody here?"


@pytest.mark.parametrize("how", ["query", "header"])
async def test_p36_a_page_that_comes_back_gets_exactly_what_it_has_not_seen(how: str) -> None:
    house = Played()
    for number in range(6):
        await house.says(ANA, str(number))
    query, headers = ("?after=4", {}) if how == "query" else ("", {"Last-Event-ID": "4"})
    async with visit(house) as visitor, visitor.listening(query, **headers) as room:
        told = [data for name, data in await room.until("ready") if name == "record"]
    assert [record["text"] for record in told] == ["4", "5"]


async def test_p36_a_server_that_restarts_between_two_looks_loses_and_doubles_nothing() -> None:
    house = Played()
    seen: list[str] = []
    for round_ in range(3):
        async with visit(house) as visitor, visitor.listening(f"?after={len(seen)}") as room:
            await room.until("ready")
            for number in range(3):
                await house.says(ANA, f"{round_}.{number}")
            seen += [record["text"] for record in await room.records(len(seen) + 3)]
        await house.says(ANA, f"{round_}.while away")
        async with visit(house) as visitor, visitor.listening(f"?after={len(seen)}") as room:
            seen += [data["text"] for name, data in await room.until("ready") if name == "record"]
    assert seen == [f"{round_}.{what}" for round_ in range(3) for what in (0, 1, 2, "while away")]


async def test_p36_a_long_room_opens_with_its_end_and_gives_the_rest_when_asked() -> None:
    house = Played()
    entries = [Entry(event=Said(text=str(number)), by=ANA) for number in range(1, 5001)]
    await house.ports.store.log.append(ROOM, entries)
    async with visit(house) as visitor:
        async with visitor.listening() as room:
            opening = await room.until("ready")
            told = [data["seq"] for name, data in opening if name == "record"]
            assert opening[0][1]["first"] == told[0] == 5001 - stream.WINDOW
            assert told == list(range(told[0], 5001))
        _, earlier = await visitor.get(f"/api/rooms/{ROOM}/records?before={told[0]}&limit=500")
        assert [record["seq"] for record in earlier["records"]] == list(range(told[0] - 500, told[0]))
        _, beginning = await visitor.get(f"/api/rooms/{ROOM}/records?before=4")
        assert beginning["first"] == 1
        assert [record["text"] for record in beginning["records"]] == ["1", "2", "3"]
        async with visitor.listening("?after=0") as room:
            assert [record["seq"] for record in await room.records(5000)] == list(range(1, 5001))


async def test_p36_a_page_that_knows_another_longer_log_starts_anew() -> None:
    house = Played()
    await house.says(ANA, "A new beginning")
    async with visit(house) as visitor, visitor.listening("?after=900") as room:
        opening = await room.until("ready")
    assert opening[0][1]["first"] == 1
    assert [data["seq"] for name, data in opening if name == "record"] == [1]


@pytest.mark.parametrize(("origin", "seen"), [("same", ["two"]), ("", ["two"]), ("another", ["one", "two"])])
async def test_p36_a_page_that_knows_another_log_of_that_name_starts_anew(origin: str, seen: list[str]) -> None:
    house = Played()
    for text in ("one", "two"):
        await house.says(ANA, text)
    async with visit(house) as visitor:
        known = (await visitor.about())["origin"] if origin == "same" else origin
        async with visitor.listening(f"?after=1&origin={known}") as room:
            told = [data["text"] for name, data in await room.until("ready") if name == "record"]
    assert told == seen


async def test_c28_a_growing_text_is_sent_as_it_grows() -> None:
    house = Played()
    await house.arrive()
    turn = await house.starts(CODER)
    await house.writes(CODER, turn, "Let me")
    async with visit(house) as visitor, visitor.listening() as room:
        draft = next(data for name, data in await room.until("ready") if name == "draft")
        assert draft == {"turn": f"{turn - 1}/{CODER}", "by": CODER, "thinking": False, "text": "Let me"}
        await house.writes(CODER, turn, "Let me think 🧭", thoughts="deeply")
        assert await room.next() == (
            "draft",
            {"turn": f"{turn - 1}/{CODER}", "by": CODER, "thinking": True, "more": " think 🧭"},
        )
        await house.writes(CODER, turn, "No:")
        assert await room.next() == (
            "draft",
            {"turn": f"{turn - 1}/{CODER}", "by": CODER, "thinking": False, "text": "No:"},
        )
        await house.happens(Said(text="No: yes."), by=CODER, turn=turn)
        await house.ports.store.drafts.clear(ROOM)
        assert [name for name, _ in await room.until("draft")] == ["record", "draft"]


async def test_p36_a_page_that_comes_back_is_told_that_nobody_has_the_floor_any_more() -> None:
    house = Played()
    await house.arrive()
    async with visit(house) as visitor, visitor.listening("?after=1") as room:
        assert ("draft", {"turn": None}) in await room.until("ready")


async def test_c20_the_word_that_ends_a_conversation_is_not_shown_unless_a_person_wrote_it() -> None:
    house = Played()
    await house.arrive()
    await house.says(ANA, "Please say TERMINATE")
    await house.says(PLANNER, "All done.\n\nTERMINATE")
    turn = await house.starts(CODER)
    await house.writes(CODER, turn, "Bye. TERMIN")
    async with visit(house) as visitor, visitor.listening() as room:
        opening = await room.until("ready")
        told = [data["text"] for name, data in opening if name == "record" and data["type"] == "said"]
        assert told == ["Please say TERMINATE", "All done."]
        await house.writes(CODER, turn, "Bye. TERMINATE")
        assert await room.next() == (
            "draft",
            {"turn": f"{turn - 1}/{CODER}", "by": CODER, "thinking": False, "text": "Bye."},
        )


async def test_p27_cards_of_the_house_come_to_every_page_and_go() -> None:
    house = Played()
    house.notices.put("engine", "Preparing the engine.", 0.25, "working")
    async with visit(house) as visitor, visitor.listening() as room:
        seen = dict(await room.until("ready"))
        assert seen["notices"] == [
            {"id": "engine", "text": "Preparing the engine.", "progress": 0.25, "level": "working"}
        ]
        house.notices.remove("never there")
        house.notices.put("engine", "The engine runs.")
        assert await room.next() == ("notices", [{"id": "engine", "text": "The engine runs."}])
        house.notices.remove("engine")
        assert await room.next() == ("notices", [])


@pytest.mark.parametrize("log", [ROOM, *RoomId.parse(ROOM).above])
async def test_p6_a_halt_of_the_room_or_of_all_rooms_is_shown_until_it_is_lifted(log: str) -> None:
    house = Played()
    await house.says(ANA, "Hello")
    async with visit(house) as visitor, visitor.listening() as room:
        opening = await room.until("ready")
        assert opening[0][1]["halted"] is False
        await house.happens(Halted(), by=ANA, room=log)
        assert (await room.until("halted"))[-1] == ("halted", True)
        assert (await visitor.about())["halted"] is True
        await house.happens(Resumed(), by=ANA, room=log)
        assert (await room.until("halted"))[-1] == ("halted", False)


async def test_p12_a_deleted_text_is_sent_to_nobody_any_more() -> None:
    house = Played()
    target = await house.says(ANA, "my secret")
    await house.happens(Edited(target=target, text="my other secret"), by=ANA)
    await house.happens(Deleted(target=target), by=ANA)
    async with visit(house) as visitor, visitor.listening() as room:
        told = [data for name, data in await room.until("ready") if name == "record"]
        _, page = await visitor.get(f"/api/rooms/{ROOM}/records?before=9")
    assert [record["type"] for record in told] == ["erased", "erased", "deleted"]
    assert "secret" not in str(told) + str(page)


async def test_c18_words_for_some_only_reach_only_them() -> None:
    house = Played()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        whispered = await house.happens(Said(text="for Ana", audience=(visitor.id,)), by=PLANNER)
        await house.happens(Edited(target=whispered, text="still for Ana"), by=PLANNER)
        async with visitor.listening() as room:
            mine = [data.get("text") for name, data in await room.until("ready") if name == "record"]
        async with visiting(str(visitor.session._base_url)) as other:
            await other.enter("Ben")
            async with other.listening() as room:
                theirs = [data.get("text") for name, data in await room.until("ready") if name == "record"]
        visitor.token = ""
        async with visitor.listening() as room:
            nobodys = [data.get("text") for name, data in await room.until("ready") if name == "record"]
    assert mine == ["for Ana", "still for Ana"]
    assert theirs == nobodys == [None, None]


async def test_c46_a_private_turn_is_shown_to_those_whom_it_answers_alone() -> None:
    house = Played()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        started = TurnStarted(speaker=CODER, upto=1, rung="mentioned", audience=(visitor.id,))
        turn = await house.happens(started, by=CODER)
        await house.happens(ToolCalled(call="c", tool="vault", arguments='{"pin": 4711}'), by=CODER, turn=turn)
        result = ToolReturned(call="c", output="4711", exit_code=None, files=(), failed=True)
        await house.happens(result, by=CODER, turn=turn)
        question = await house.happens(Asked(text="Is it 4711?", audience=(visitor.id,)), by=CODER, turn=turn)
        await house.happens(TurnTaken(outcome="failed", detail="4711 was refused."), by=CODER, turn=turn)
        await house.happens(replace(started, upto=6), by=CODER)
        await house.ports.store.drafts.write(
            OpenDraft(room=ROOM, started=replace(started, upto=6), draft=Draft(text="It is 4711"))
        )
        async with visitor.listening() as room:
            mine = str(await room.until("draft"))
        assert mine.count("4711") == 7
        async with visiting(str(visitor.session._base_url)) as other:
            await other.enter("Ben")
            async with other.listening() as room:
                theirs = await room.until("draft")
                await house.happens(Answered(question=question, text="yes, 4711"), by=visitor.id)
                theirs += await room.until("record")
        assert "4711" not in str(theirs)
        assert next(data for name, data in theirs if name == "draft")["by"] == CODER


async def test_p36_a_quiet_room_sends_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.01)
    house = Played()
    async with visit(house) as visitor, visitor.listening() as room:
        await room.until("ready")
        async with asyncio.timeout(5):
            assert await room.response.content.readline() == b":\n"


async def test_p36_a_store_that_fails_ends_the_stream_and_is_said_on_the_next_try() -> None:
    house = Played()
    await house.says(ANA, "Hello")
    async with visit(house) as visitor:
        async with visitor.listening() as room:
            await room.until("ready")

            async def fail(room: str, *, after: int = 0, limit: int = 1000) -> tuple[()]:
                raise StoreFailed("The disk is full; make room on it.")

            house.ports.store.log.read = fail  # pyright: ignore[reportAttributeAccessIssue]
            await house.says(ANA, "Still there?")
            with suppress(EOFError):
                while True:
                    await room.next()
        status, answer = await visitor.get(f"/api/rooms/{ROOM}/stream")
    assert status == 503
    assert answer["error"].startswith("The disk is full; make room on it.")


async def test_p36_many_pages_see_the_same_and_none_waits_for_another() -> None:
    house = Played()
    async with visit(house) as visitor, visitor.listening() as slow, visitor.listening() as quick:
        await quick.until("ready")
        last = 0
        for number in range(50):
            last = await house.says(ANA, str(number))
        assert len(await quick.records(last)) == 50
        assert len(await slow.records(last)) == 50
