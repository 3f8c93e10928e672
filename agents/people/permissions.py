"""Who may do what: one decision for every way in.

What is not allowed is refused: whatever is done by people whom no list names, in channels without a team, or to other
people's messages.
"""

from collections.abc import Collection
from typing import Literal, TypeAlias, assert_never

from msgspec import Struct

from agents.budget.questions import reaches_beyond_a_room
from agents.errors import NotAllowed
from agents.log.events import Asked
from agents.log.participants import ParticipantId, is_person
from agents.people.commands import Command, Role


class Permissions(Struct, frozen=True, kw_only=True):
    """Who is who in one room at the moment of an act; an empty list is nobody.

    Entries are participant ids and names of groups, as they are given to `authorise`. Approvers and admins are users as
    well; an admin is no approver.

    users: who may write and use commands.
    approvers: who may decide on calls and code that wait for approval.
    admins: who may change the room's team and its budget.
    owners: the admins of the whole installation, whatever lists the channel has of its own.
    background: whose words agents read without ever answering them.
    bound: whether the channel has a team.

        permissions = Permissions(users=frozenset({"engineers"}), admins=frozenset({"person:web/ana"}), bound=True)
    """

    users: frozenset[str] = frozenset()
    approvers: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    background: frozenset[str] = frozenset()
    bound: bool = False

    def allow(self, role: Role, names: Collection[str]) -> bool:
        """Whether one of these names, ids or groups, has the role."""
        match role:
            case "user":
                allowed = self.users | self.approvers | self.admins
            case "approver":
                allowed = self.approvers
            case "admin":
                allowed = self.admins
            case "owner":
                allowed = self.owners
            case _:
                assert_never(role)
        return not allowed.isdisjoint(names)


def owner_of_all(name: str) -> Permissions:
    """Permissions for the web room and the terminal of one machine: whoever has this name may do everything."""
    alone = frozenset({name})
    return Permissions(users=alone, approvers=alone, admins=alone, owners=alone, bound=True)


class Contribution(Struct, frozen=True, kw_only=True):
    """Somebody adds something of their own; ``background`` is for words that agents read without answering them."""

    kind: Literal["message", "file", "reaction", "background"]


class Change(Struct, frozen=True, kw_only=True):
    """An edit or a deletion, as ``kind`` says, of a message that ``author`` wrote.

    ``background`` is for a message that agents read without answering it.
    """

    kind: Literal["edit", "delete"]
    author: ParticipantId
    background: bool = False


class Response(Struct, frozen=True, kw_only=True):
    """An answer to the question ``asked``, be it by button, by form or in words."""

    asked: Asked


class Entrance(Struct, frozen=True, kw_only=True):
    """The participant with this id is to join or to leave the room, by the platform's own means."""

    participant: ParticipantId


Act: TypeAlias = Contribution | Change | Response | Entrance | Command
"""What people can do."""


def authorise(act: Act, *, who: ParticipantId, groups: Collection[str], permissions: Permissions) -> None:
    """Return if ``who``, a member of ``groups``, may do this here and now.

    Raises `NotAllowed` with one sentence for that person alone.

        authorise(Contribution(kind="message"), who="person:web/ana", groups=("engineers",), permissions=permissions)
    """
    names = {who, *groups}
    if not _is_known(act, who, names, permissions):
        raise NotAllowed(_STRANGER)
    if not permissions.bound and not _needs_no_team(act):
        raise NotAllowed("No team is in this channel yet; an admin can put one in with `@Tertulia use TEAM`.")
    refusal = _refusal(act, who, names, permissions)
    if refusal:
        raise NotAllowed(refusal)


_STRANGER = "You are not among the people who may use Tertulia here; ask an admin to add you."


def refuse_strangers(who: ParticipantId, groups: Collection[str], permissions: Permissions) -> None:
    """Return if ``who`` may do anything at all by writing; whatever they wrote need not be looked at otherwise.

    Raises `NotAllowed` with one sentence for that person alone.
    """
    names = {who, *groups}
    if not is_person(who) or not (permissions.allow("user", names) or permissions.allow("owner", names)):
        raise NotAllowed(_STRANGER)


def _needs_no_team(act: Act) -> bool:
    """Whether it makes sense without a team: some commands do, and people may always take back what they wrote."""
    return isinstance(act, Change) or (isinstance(act, Command) and act.anywhere)


def _is_known(act: Act, who: ParticipantId, names: Collection[str], permissions: Permissions) -> bool:
    if not is_person(who):
        return False
    match act:
        case Contribution(kind="background") | Change(background=True):
            return permissions.allow("user", names) or not permissions.background.isdisjoint(names)
        case Command(role=role):
            return permissions.allow("user", names) or permissions.allow(role, names)
        case _:
            return permissions.allow("user", names)


def _refusal(act: Act, who: ParticipantId, names: Collection[str], permissions: Permissions) -> str:
    match act:
        case Contribution():
            return ""
        case Change():
            return "" if act.author == who else f"You can {act.kind} only what you wrote yourself."
        case Response():
            return _reply_refusal(act.asked, who, names, permissions)
        case Entrance():
            if act.participant == who or permissions.allow("admin", names):
                return ""
            return "Only an admin can bring others in or send them away; ask one."
        case Command():
            if permissions.allow(act.role, names):
                return ""
            return f"Only {_WHO[act.role]} can order `{f'{act.verb} {act.arguments}'.strip()}`; ask one."
        case _:
            assert_never(act)


_WHO: dict[Role, str] = {
    "user": "a user",
    "approver": "an approver",
    "admin": "an admin",
    "owner": "an admin of the whole installation",
}


def _reply_refusal(asked: Asked, who: ParticipantId, names: Collection[str], permissions: Permissions) -> str:
    if asked.kind == "approval" and not permissions.allow("approver", names):
        return "Only an approver can decide on this; ask one of them to press the button."
    payer: Role = "owner" if reaches_beyond_a_room(asked) else "admin"
    if asked.kind == "budget" and not permissions.allow(payer, names):
        return f"Only {_WHO[payer]} can add to this budget; ask one to press the button."
    if asked.of and who not in asked.of:
        return "This question was put to someone else; only they can answer it."
    return ""
