"""Foreign bots go a little way with our agents, and no further without a person (P4, R8, D6)."""

from adapters.shared import hops
from adapters.shared.hops import Hops
from agents.testing import MemoryFacts


async def test_p4_a_place_hears_so_many_messages_of_bots_until_a_person_speaks_there():
    counted = Hops(MemoryFacts(), "hops", 2)
    assert [await counted.one_more("a") for _ in range(3)] == [True, True, False]
    assert await counted.one_more("b")
    await counted.a_person_spoke("a")
    await counted.a_person_spoke("never heard of")
    assert await counted.one_more("a")


async def test_p4_a_restart_resets_nothing_and_neither_do_many_other_places(monkeypatch):
    monkeypatch.setattr(hops, "_REMEMBERED", 2)
    records = MemoryFacts()
    for counted in (Hops(records, "hops", 1), Hops(records, "hops", 1)):
        await counted.one_more("a")
        for other in "bcd":
            await counted.one_more(other)
        assert not await counted.one_more("a")
