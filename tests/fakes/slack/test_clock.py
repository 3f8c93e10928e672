"""The fake's time."""

import asyncio

import pytest

from tests.fakes.slack import FakeSlack
from tests.fakes.slack.clock import VirtualClock


async def test_a_jump_rings_what_became_due_in_order_with_the_time_it_was_set_for() -> None:
    clock, rung = VirtualClock(), list[tuple[str, float]]()
    begun = clock.now()
    for name, seconds in (("late", 20.0), ("soon", 10.0), ("never", 50.0)):
        clock.call_later(seconds, lambda name=name: rung.append((name, clock.now() - begun)))
    clock.advance(30)
    assert [(name, round(at)) for name, at in rung] == [("soon", 10), ("late", 20)]
    assert round(clock.now() - begun) == 30
    clock.close()


async def test_what_a_ring_sets_can_ring_within_the_same_jump() -> None:
    clock, rung = VirtualClock(), list[str]()
    clock.call_later(1, lambda: clock.call_later(1, lambda: rung.append("second")))
    clock.advance(3)
    assert rung == ["second"]
    clock.close()


async def test_a_cancelled_timer_is_silent() -> None:
    clock, rung = VirtualClock(), list[str]()
    clock.call_later(1, lambda: rung.append("rung")).cancel()
    clock.advance(3)
    assert not rung


async def test_a_sleeper_wakes_when_time_jumps_and_also_by_itself() -> None:
    clock = VirtualClock()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(clock.sleep(3600))
        await clock.armed.wait()
        clock.advance(3600)
    async with asyncio.timeout(5):
        await clock.sleep(0.01)


async def test_a_mistake_of_the_fake_is_no_sick_slack() -> None:
    async def fail() -> None:
        async with FakeSlack.open() as slack:
            slack.add_team("T1")
            app = slack.add_app()
            del slack.world.teams["T1"]
            reader, writer = await asyncio.open_connection("127.0.0.1", int(slack.api_url.split(":")[2].split("/")[0]))
            request = f"GET /api/auth.test HTTP/1.0\r\nAuthorization: Bearer {app.bot_token}\r\n\r\n"
            writer.write(request.encode())
            assert b"500" in await reader.readline()
            writer.close()
            await writer.wait_closed()

    with pytest.raises(ExceptionGroup, match="failed inside") as caught:
        await fail()
    assert isinstance(caught.value.exceptions[0], KeyError)
