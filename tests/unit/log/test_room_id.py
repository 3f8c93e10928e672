"""Rooms' names in their parts, and the logs that rooms obey (P6, P42)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.log.room_id import INSTALLATION, RoomId

NAMES = ("slack:T1/C1/1699.1", "slack:T1/C1", "slack:T1/*", "discord:dm/7", "web:lobby", "web:lobby/*", "*")


def test_a_name_is_taken_apart():
    thread = RoomId(platform="slack", workspace="T1", channel="C1", thread="1699.1")
    assert RoomId.parse("slack:T1/C1/1699.1") == thread
    assert RoomId.parse("slack:T1/*") == RoomId(platform="slack", workspace="T1", channel="*")
    assert RoomId.parse("web:lobby") == RoomId(platform="web", workspace="lobby")
    assert RoomId.parse("*") == RoomId(platform="*")


@pytest.mark.parametrize("name", NAMES)
def test_what_was_taken_apart_is_put_together_again(name: str):
    assert str(RoomId.parse(name)) == name


PART = st.text(st.characters(exclude_characters=":/"), min_size=1)


@given(st.lists(PART, min_size=1, max_size=4))
def test_every_room_is_named_by_its_parts(parts: list[str]):
    room = RoomId(**dict(zip(("platform", "workspace", "channel", "thread"), parts, strict=False)))
    assert RoomId.parse(str(room)) == room


def test_a_name_is_taken_apart_once():
    assert RoomId.parse("slack:T1/C1") is RoomId.parse("slack:T1/C1")


@pytest.mark.parametrize(
    ("name", "above"),
    [
        ("slack:T1/C1/1699.1", ("slack:T1/C1", "slack:T1/*", INSTALLATION)),
        ("slack:T1/C1", ("slack:T1/*", INSTALLATION)),
        ("web:lobby", ("web:lobby/*", INSTALLATION)),
        ("lobby", ("lobby/*", INSTALLATION)),
        ("slack:T1/*", (INSTALLATION,)),
        (INSTALLATION, ()),
    ],
)
def test_p6_a_room_obeys_its_channel_its_workspace_and_the_installation(name: str, above: tuple[str, ...]):
    assert RoomId.parse(name).above == above


@pytest.mark.parametrize(
    ("room", "workspace"), [("slack:T1/C1", "slack:T1"), ("slack:T1/C1/17.5", "slack:T1"), ("web:lobby", "web:lobby")]
)
def test_p42_a_room_belongs_to_one_workspace(room: str, workspace: str):
    assert RoomId.parse(room).home == workspace


@pytest.mark.parametrize("name", NAMES)
def test_logs_that_only_hold_halts_are_no_rooms(name: str):
    assert RoomId.parse(name).only_halts == name.endswith("*")
