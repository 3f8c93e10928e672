"""P3, P5, P6, P22, P31: whatever fails and wherever the process dies, every message is there once and in order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from adapters.shared.delivery import Outbox
from agents.log.events import Answered, Asked, Said, Stopped
from agents.ports import Capabilities, Ports, Post
from agents.testing import FakeClock, MemoryPlatform, Trouble, lost_answer, lost_request, memory_ports, slow_down
from tests.stores import with_ports
from tests.unit.shared.rooms import ANA, CODER, House, settled

ROOMS = ("memory:a", "memory:b")


class Crash(BaseException):
    """The process dies here."""


class Fuse:
    """Counts the steps that the lanes take outside; burns at the given one, before or after it took effect."""

    def __init__(self, steps: int, *, before: bool):
        self._left, self._before = steps, before

    def guard(self, port):
        """The port, whose every method counts as a step."""
        return _Fused(port, self)

    async def step(self, call):
        self._left -= 1
        if self._left == 0 and self._before:
            raise Crash
        result = await call()
        if self._left == 0:
            raise Crash
        return result


class _Fused:
    def __init__(self, port, fuse: Fuse):
        self._port, self._fuse = port, fuse

    def __getattr__(self, name):
        method = getattr(self._port, name)
        if name in ("capabilities", "watch", "now", "sleep"):
            return method

        async def step(*args, **more):
            return await self._fuse.step(lambda: method(*args, **more))

        return step


class FusedHouse(House):
    """A house whose process may die at any step."""

    fuse: Fuse | None = None

    def outbox(self) -> Outbox:
        outbox = super().outbox()
        if self.fuse is None:
            return outbox
        guard = self.fuse.guard
        names = ("log", "receipts", "facts", "drafts", "files")
        store = outbox.ports.store
        ports: Ports = structs.replace(
            outbox.ports, store=with_ports(store, **{name: guard(getattr(store, name)) for name in names})
        )
        return replace(outbox, ports=ports, platform=guard(outbox.platform))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One thing that happens in a room."""

    room: str
    kind: str
    size: int


SCRIPTS = st.lists(
    st.builds(
        Spoken,
        room=st.sampled_from(ROOMS),
        kind=st.sampled_from(("said", "said", "streamed", "cut", "crashed", "person", "asked", "stopped")),
        size=st.integers(1, 450),
    ),
    min_size=1,
    max_size=7,
)
WEATHER = st.lists(st.sampled_from((None, None, lost_answer(), lost_request(), slow_down(3.0))), max_size=25)
CRASHES = st.lists(st.tuples(st.integers(1, 60), st.booleans()), max_size=4)
HALTS = st.lists(st.booleans(), min_size=1, max_size=6)


def words(number: int, size: int) -> str:
    """Text that tells where each of its pieces belongs."""
    return " ".join(f"{number}.{piece}" for piece in range(1 + size // 5))


async def play(house: House, number: int, spoken: Spoken) -> str:
    """Let it happen; what people must find in the channel afterwards."""
    text, room = words(number, spoken.size), spoken.room
    match spoken.kind:
        case "said":
            await house.say(text, room=room)
        case "person":
            await house.say(text, ANA, room=room)
            return ""
        case "asked":
            asked = await house.append(Asked(text=text, options=("Yes",)), room=room)
            await house.append(Answered(question=asked.seq, option="Yes"), ANA, room=room)
        case "stopped":
            await house.append(Stopped(reason=text), "system", room=room)
            return f"Finished. {text}."
        case kind:
            return await stream(house, text, kind, room)
    return text


async def stream(house: House, text: str, kind: str, room: str) -> str:
    turn = await house.start_turn(room=room)
    for end in range(30, 30 + len(text), 40):
        await house.draft(turn, f"{'A draft of this turn: ' + text}"[:end], room=room)
        await settled()
        house.clock.advance(1.5)
        await settled()
    if kind == "crashed":
        await house.end_turn(turn, "crashed", by="system", room=room)
        await house.ports.store.drafts.clear(room)
        return "?"
    await house.append(Said(text=text, partial=kind == "cut"), CODER, turn=turn, room=room)
    await house.ports.store.drafts.clear(room)
    await house.end_turn(turn, room=room)
    return f"{text} *(interrupted)*" if kind == "cut" else text


async def post_until_done(house: FusedHouse, crashes: Iterator[tuple[int, bool]], script: Iterator) -> None:
    """Run processes, each dying where it must, until one of them has posted everything."""
    is_done = False
    while not is_done:
        steps, before = next(crashes, (0, False))
        house.fuse = Fuse(steps, before=before) if steps else None
        try:
            async with house.posting() as lanes:
                for scene in script:
                    await scene()
                    await settled()
                for _ in range(40):
                    house.clock.advance(5)
                    await settled()
                if house.fuse is None:
                    await lanes.drained()
                    is_done = True
        except* Crash:
            is_done = False


def shown(house: House, room: str) -> list[tuple[str, str]]:
    """(key of the record, its text) in the channel's order, parts joined; what was only ever a draft is left out."""
    found: list[tuple[str, str]] = []
    for message in house.platform.messages:
        post: Post = message.post
        if post.room != room or "A draft of this turn" in post.text or post.reply_to:
            continue
        text = " ".join(post.text.split())
        found.append((post.key.rpartition("/")[0], text))
    return found


def assert_exactly_once(house: House, expected: dict[str, list[str]]) -> None:
    for room in ROOMS:
        want = " ".join(text for text in expected[room] if text not in ("", "?"))
        assert " ".join(text for _, text in shown(house, room)) == want
        keys = [message.post.key for message in house.platform.messages if message.post.room == room]
        assert len(keys) == len(set(keys)), "a key was posted twice"
        cards = [m.post.card for m in house.platform.messages if m.post.room == room and m.post.card]
        assert all(card.answered == "ana: Yes" for card in cards)
        marks = [m.post.reply_to for m in house.platform.messages if m.post.reply_to]
        drafts = [m.platform_id for m in house.platform.messages if m.post.room == room and m.post.partial]
        assert all(platform_id in marks for platform_id in drafts)


chaos = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@chaos
@given(SCRIPTS, WEATHER, CRASHES)
async def test_p31_any_trouble_and_any_crash_leave_every_message_once_and_in_order(script, weather, crashes):
    troubles = iter(weather)

    def trouble(call: str, post: Post) -> Trouble | None:
        return next(troubles, None)

    clock = FakeClock()
    platform = MemoryPlatform(Capabilities(max_length=120, max_parts=50), trouble=trouble)
    house = FusedHouse(platform, clock=clock, ports=memory_ports(clock), streaming=True)
    expected: dict[str, list[str]] = {room: [] for room in ROOMS}

    def scenes():
        for number, spoken in enumerate(script):

            async def scene(number=number, spoken=spoken):
                expected[spoken.room].append(await play(house, number, spoken))

            yield scene

    await post_until_done(house, iter(crashes), scenes())
    assert_exactly_once(house, expected)
    assert house.refused == []


@chaos
@given(SCRIPTS, WEATHER, HALTS)
async def test_p6_no_call_starts_while_a_room_is_halted_and_nothing_is_lost_by_it(script, weather, halts):
    troubles = iter(weather)
    clock = FakeClock()
    early: list[Post] = []

    def trouble(call: str, post: Post) -> Trouble | None:
        if post.room in house.halted:
            early.append(post)
        return next(troubles, None)

    platform = MemoryPlatform(Capabilities(max_length=120, max_parts=50), trouble=trouble)
    house = House(platform, clock=clock, ports=memory_ports(clock), streaming=True)
    expected: dict[str, list[str]] = {room: [] for room in ROOMS}
    async with house.posting() as lanes:
        for number, spoken in enumerate(script):
            house.halted = set(ROOMS) if halts[number % len(halts)] else set[str]()
            lanes.resume()
            expected[spoken.room].append(await play(house, number, spoken))
            await settled()
        house.halted = set()
        lanes.resume()
        for _ in range(40):
            clock.advance(5)
            await settled()
        await lanes.drained()
    assert early == []
    assert_exactly_once(house, expected)
