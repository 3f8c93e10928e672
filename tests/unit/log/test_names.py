"""What models call people: display names, each of them once in a room, and never an id of a platform."""

from hypothesis import given
from hypothesis import strategies as st

from agents.log.events import Deleted, Joined, Left, Said
from agents.log.names import NAMELESS, addressable, name_in, unique_names
from agents.log.participants import Profile
from tests.unit.story import ANA, Story

ONE, TWO, THREE = (f"person:discord/1/10000000000000001{number}" for number in (1, 2, 3))


def names(*people: tuple[str, str]) -> list[str]:
    return list(unique_names([Profile(id=one, name=name) for one, name in people]).values())


def test_c50_people_of_one_name_are_numbered_in_the_order_of_joining():
    assert names((ONE, "Ana"), (TWO, "Ben"), (THREE, "Ana")) == ["Ana", "Ben", "Ana (2)"]


def test_c50_upper_case_wide_letters_and_blanks_do_not_tell_two_people_apart():
    assert names((ONE, "Ana"), (TWO, "ANA"), (THREE, "Ａｎａ")) == ["Ana", "ANA (2)", "Ａｎａ (3)"]
    assert names((ONE, "Ana  María"), (TWO, " Ana\nMaría\u200b")) == ["Ana María", "Ana María (2)"]


def test_c50_a_number_that_somebody_has_as_a_name_is_not_given_again():
    assert names((ONE, "Ana"), (TWO, "Ana (2)"), (THREE, "Ana")) == ["Ana", "Ana (2)", "Ana (3)"]


def test_c50_an_agent_keeps_its_handle_and_a_person_of_its_name_is_numbered():
    coder = Profile(id="agent:coder", name="The Coder", aliases=("dev",))
    people = [Profile(id=ONE, name="Coder"), Profile(id=TWO, name="the coder"), Profile(id=THREE, name="Dev")]
    assert list(unique_names([*people, coder]).values()) == ["coder", "Coder (2)", "the coder (2)", "Dev (2)"]


def test_c50_whoever_has_no_name_is_not_called_by_an_id():
    assert names((ONE, " \u200b"), (TWO, "")) == [NAMELESS, f"{NAMELESS} (2)"]
    assert (name_in({}, ONE), name_in({}, "agent:coder"), name_in({}, "system")) == (NAMELESS, "coder", "system")


@given(st.lists(st.sampled_from(["Ana", "ana", "Ana (2)", "Ana (2) (2)", "", "Bo", "coder"]), max_size=12))
def test_c50_no_two_people_of_a_room_are_called_the_same(called: list[str]):
    people = [Profile(id=f"person:web/{number}", name=name) for number, name in enumerate(called)]
    given_names = unique_names([*people, Profile(id="agent:coder", name="Coder")]).values()
    assert len({name.casefold() for name in given_names}) == len(called) + 1


def called(story: Story) -> list[str]:
    return [one.name for one in addressable(story.transcript)]


def test_c50_authors_of_background_are_addressable_until_it_is_deleted():
    story = Story()
    seq = story.happens(Said(text="I like MongoDB", recalled="Ana"), by=ONE)
    assert called(story) == ["ana", "bob", "planner", "coder", "reviewer", "Ana (2)"]
    story.happens(Left(participant="agent:coder"))
    story.happens(Deleted(target=seq), by=ONE)
    assert called(story) == ["ana", "bob", "planner", "reviewer"]


def test_c50_background_changes_nobodys_place_and_its_newest_name_counts():
    story = Story()
    story.happens(Said(text="before", recalled="Ana"), by=ONE)
    story.happens(Said(text="later", recalled="Zoe"), by=ONE)
    story.happens(Said(text="as a guest", recalled="Anne"), by=ANA)
    assert called(story)[-1] == "Zoe"
    assert called(story)[0] == "ana"
    story.happens(Joined(participant=ONE, name="Ana"), by=ONE)
    assert called(story)[-1] == "Ana (2)"
