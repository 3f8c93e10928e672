"""Who is who: a name once a tab."""

import pytest

from adapters.web import visitors
from adapters.web.visitors import NAMESPACE, Visitors
from agents.errors import WrongUse
from agents.testing import MemoryFacts
from tests.adapters.web.visiting import visit, visiting
from tests.browser.house import FACES, Played


async def test_p36_two_tabs_are_two_people_and_two_anas_have_two_names() -> None:
    async with visit(Played()) as one:
        address = str(one.session._base_url)
        async with visiting(address) as two, visiting(address) as three:
            first, second = await one.enter("Ana"), await two.enter("ana ")
            await three.enter("Ana 2")
    assert (first["you"]["id"], first["you"]["name"]) == ("person:web/ana", "Ana")
    assert (second["you"]["id"], second["you"]["name"]) == ("person:web/ana-2", "ana 2")
    assert three.id == "person:web/ana-2-2"
    assert len({one.token, two.token, three.token}) == 3


async def test_p36_a_restart_forgets_nobody() -> None:
    house = Played()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
    async with visit(house) as later:
        later.token = visitor.token
        assert (await later.does("said", text="Still me"))[0] == 200
        assert (await later.about())["you"] == "person:web/ana"
        assert (await later.enter("Ana"))["you"]["id"] == "person:web/ana-2"


async def test_s_what_is_kept_of_a_token_does_not_give_it_away() -> None:
    records = MemoryFacts()
    token, _ = await Visitors(records).enter("Ana", ())
    assert token not in str(await records.items(NAMESPACE))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "A name needs at least one letter or digit"),
        (" \t\u200b ", "A name needs at least one letter or digit"),
        ("<>", "A name needs at least one letter or digit"),
        ("x" * 41, "A name has at most 40 characters"),
        ("Coder", "Coder is an agent's name here"),
        ("ｃｏｄｅｒ", "coder is an agent's name here"),
        ("co\u202eder", "coder is an agent's name here"),
        ("system", "system is an agent's name here"),
        ("TERTULIA", "TERTULIA is an agent's name here"),
    ],
)
async def test_p36_a_name_that_says_nothing_or_belongs_to_an_agent_is_refused(name: str, sentence: str) -> None:
    with pytest.raises(WrongUse, match=sentence):
        await Visitors(MemoryFacts()).enter(name, FACES)


@pytest.mark.parametrize(
    ("name", "shown", "id_"),
    [
        ("  Ana   López ", "Ana López", "person:web/ana-lópez"),
        ("Zoë\u202e", "Zoë", "person:web/zoë"),
        ("雪", "雪", "person:web/雪"),
        ("<b>Max</b>", "<b>Max</b>", "person:web/b-max-b"),
        ("a/b:c", "a/b:c", "person:web/a-b-c"),
    ],
)
async def test_p36_a_name_is_shown_as_written_and_makes_a_plain_id(name: str, shown: str, id_: str) -> None:
    _, profile = await Visitors(MemoryFacts()).enter(name, FACES)
    assert (profile.name, profile.id) == (shown, id_)


async def test_p36_the_number_of_people_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "MAX_PEOPLE", 2)
    everybody = Visitors(MemoryFacts())
    for name in ("Ana", "Ben"):
        await everybody.enter(name, ())
    with pytest.raises(WrongUse, match="as many people as it can hold"):
        await everybody.enter("Cleo", ())


@pytest.mark.parametrize("body", [b"\xff", b"[]", b"{}", b'{"name": 5}', b'"Ana"', b"[" * 9_000])
async def test_p36_what_is_no_name_is_refused_with_a_sentence(body: bytes) -> None:
    async with visit(Played()) as visitor:
        status, answer = await visitor.post("/api/people", body)
    assert status == 400
    assert answer["error"].endswith(".")
