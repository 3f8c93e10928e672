"""A room in one JSON object: who is here, who has the floor and why, what was spent, what waits for people."""

import json
from collections.abc import Sequence

import msgspec

from adapters.web.faces import face
from adapters.web.house import WebHouse
from adapters.web.room_view import RoomView, Spend
from agents.log.events import TurnStarted, Usage
from agents.log.names import addressable
from agents.log.participants import ParticipantId, Profile
from agents.log.records import to_json
from agents.log.room_id import RoomId
from agents.log.transcript import Floor, PastTurn
from agents.people.door import LONGEST_MESSAGE
from agents.ports import OpenDraft

PAST_TURNS = 20
MAX_FILE = 25 * 1024 * 1024


def about(
    house: WebHouse, view: RoomView, viewer: ParticipantId | None, *, halted: bool, draft: OpenDraft | None
) -> dict[str, object]:
    """What a page needs besides the records themselves. ``origin`` and ``head`` tell one log from another.

    ``draft`` is the turn that has the floor.
    """
    return {
        "room": view.room,
        "rooms": list(house.rooms()),
        "parent": RoomId.parse(view.room).parent,
        "origin": view.origin,
        "head": view.head,
        "you": viewer,
        "faces": _faces(house, view),
        "samples": list(house.samples),
        "commands": [list(command) for command in house.door.commands()],
        "floor": _floor(view, viewer, draft),
        "spend": [_spend(agent, spend) for agent, spend in view.spend.items()],
        "questions": [json.loads(to_json(view.shown(record, viewer))) for record in view.questions.values()],
        "halted": halted,
        "limits": {"message": LONGEST_MESSAGE, "file": MAX_FILE},
    }


def profiles(house: WebHouse, view: RoomView) -> tuple[Profile, ...]:
    """Everybody who can be addressed: the agents as they are set up now, then who else is in the room."""
    everybody = (*addressable(view.transcript), *house.faces(view.room))
    return tuple({profile.id: profile for profile in everybody}.values())


def _faces(house: WebHouse, view: RoomView) -> list[dict[str, object]]:
    # In a side conversation are those alone who take part in it, whatever team is set up above it.
    set_up = {} if RoomId.parse(view.room).parent else {profile.id: profile for profile in house.faces(view.room)}
    here = tuple((dict(view.transcript.present) | set_up).values())
    left = [one for one in view.transcript.known.values() if one.id not in {profile.id for profile in here}]
    sent_away = view.transcript.left
    return [
        *(face(profile, present=profile.id not in sent_away) for profile in here),
        *(face(profile, present=False) for profile in left),
    ]


def _floor(view: RoomView, viewer: ParticipantId | None, draft: OpenDraft | None) -> dict[str, object]:
    floor = view.transcript.floor
    past: Sequence[PastTurn] = floor.past[-PAST_TURNS:]
    return {
        "turn": None if draft is None else _running(draft, floor),
        "past": [
            _turn(turn)
            | {"seq": turn.seq}
            | {"detail": turn.detail if view.may_see_turn(turn.seq, viewer) else ""}
            | {"outcome": turn.outcome, "model": turn.model, "usage": _usage(turn.usage)}
            for turn in past
        ],
    }


def _running(draft: OpenDraft, floor: Floor) -> dict[str, object]:
    """The turn that has the floor; ``seq`` is that of its start, once it is in the log."""
    seq = None if floor.turn is None else floor.turn.seq
    return _turn(draft.started) | {"key": draft.key, "at": draft.at, "seq": seq}


def _turn(turn: TurnStarted | PastTurn) -> dict[str, object]:
    return {
        "speaker": turn.speaker,
        "rung": turn.rung,
        "reason": turn.reason,
        "choosing": _usage(turn.choosing),
    }


def _spend(agent: ParticipantId, spend: Spend) -> dict[str, object]:
    return {
        "id": agent,
        "turns": spend.turns,
        "model": spend.model,
        "usage": _usage(spend.usage),
        "choosing": _usage(spend.choosing),
    }


def _usage(usage: Usage | None) -> dict[str, object] | None:
    return None if usage is None else msgspec.to_builtins(usage)
