"""Values behave as the dataclasses that they are."""

import copy
import pickle
from dataclasses import FrozenInstanceError, field, fields, is_dataclass, replace

import pytest

from agents.values import value


@value
class Point:
    """A place."""

    x: int
    y: int = 0
    names: list[str] = field(default_factory=list[str])


@value
class Origin:
    """Nothing more to say."""


@value
class Positive:
    """A number above nothing."""

    number: int

    def __post_init__(self) -> None:
        if self.number <= 0:
            raise ValueError("it is not above nothing")


def test_a_value_is_a_dataclass_made_by_keywords() -> None:
    assert is_dataclass(Point)
    assert [one.name for one in fields(Point)] == ["x", "y", "names"]
    assert (Point(x=1).y, Point(x=1, y=2).y) == (0, 2)
    assert replace(Point(x=1, y=2), x=3) == Point(x=3, y=2)


@pytest.mark.parametrize("arguments", [{}, {"x": 1, "z": 2}])
def test_a_missing_or_unknown_field_is_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Point(**arguments)


def test_a_value_takes_no_field_by_its_place() -> None:
    with pytest.raises(TypeError):
        Point(1)  # type: ignore[misc]


def test_each_value_has_a_new_default_where_it_is_made() -> None:
    one, other = Point(x=1), Point(x=1)
    one.names.append("here")

    assert other.names == []
    assert Point(x=1, names=["there"]).names == ["there"]


def test_nothing_of_a_value_can_be_changed() -> None:
    point = Point(x=1)
    with pytest.raises(FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del point.x
    with pytest.raises(AttributeError):
        point.z = 3  # type: ignore[attr-defined]
    assert point.x == 1


def test_values_of_one_class_are_equal_by_their_fields() -> None:
    assert Point(x=1) == Point(x=1)
    assert Point(x=1) != Point(x=2)
    assert Origin() == Origin()
    assert Positive(number=1) == Positive(number=1)
    assert Origin() != 1
    assert Positive(number=1) != Point(x=1)


def test_equal_values_have_one_hash_if_their_fields_have() -> None:
    assert len({Positive(number=1), Positive(number=1), Positive(number=2), Origin(), Origin()}) == 3
    with pytest.raises(TypeError):
        hash(Point(x=1))


def test_a_value_is_shown_as_it_is_written() -> None:
    assert repr(Point(x=1, y=2)) == "Point(x=1, y=2, names=[])"
    assert repr(Origin()) == "Origin()"


def test_a_value_can_be_copied_and_pickled() -> None:
    point = Point(x=1, names=["here"])

    assert copy.copy(point) == copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point
    assert copy.deepcopy(point).names is not point.names


def test_what_a_class_checks_after_it_is_made_is_checked() -> None:
    assert Positive(number=1).number == 1
    with pytest.raises(ValueError, match="above nothing"):
        Positive(number=0)
