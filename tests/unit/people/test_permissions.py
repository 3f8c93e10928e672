"""Requirements P9, P33, P44, P45: one decision for every way in."""

from typing import get_args

import pytest

from agents.errors import NotAllowed
from agents.log.events import Asked, Pending
from agents.people.commands import Command, Verb
from agents.people.permissions import (
    Act,
    Change,
    Contribution,
    Entrance,
    Permissions,
    Response,
    authorise,
    owner_of_all,
)

USER, APPROVER, ADMIN, STRANGER = "person:x/user", "person:x/approver", "person:x/admin", "person:x/stranger"
OWNER = "person:x/owner"
ROOM = Permissions(
    users=frozenset({USER}),
    approvers=frozenset({"x:group:approvers"}),
    admins=frozenset({ADMIN}),
    owners=frozenset({OWNER}),
    bound=True,
)
UNBOUND = Permissions(users=ROOM.users, approvers=ROOM.approvers, admins=ROOM.admins, owners=ROOM.owners)
GROUPS = {APPROVER: {"x:group:approvers", "x:group:other"}}


def allowed(act: Act, who: str, permissions: Permissions = ROOM) -> bool:
    try:
        authorise(act, who=who, groups=GROUPS.get(who, set()), permissions=permissions)
    except NotAllowed:
        return False
    return True


def every_act(who: str) -> list[Act]:
    return [
        Contribution(kind="message"),
        Contribution(kind="file"),
        Contribution(kind="reaction"),
        Contribution(kind="background"),
        Change(kind="edit", author=who),
        Change(kind="delete", author=who),
        Entrance(participant=who),
        Response(asked=Asked(text="?")),
        Response(asked=Asked(text="?", of=(who,))),
        Response(asked=Asked(text="?", kind="approval")),
        Response(asked=Asked(text="?", kind="budget")),
        Response(asked=Asked(text="?", kind="speaker")),
        *(Command(verb=verb) for verb in get_args(Verb)),
    ]


def test_p9_the_acts_of_these_tests_are_all_there_are() -> None:
    assert {type(act) for act in every_act(USER)} == set(get_args(Act))


@pytest.mark.parametrize("act", every_act(STRANGER), ids=repr)
def test_p9_a_stranger_may_do_nothing(act: Act) -> None:
    assert not allowed(act, STRANGER)
    assert not allowed(act, STRANGER, UNBOUND)


@pytest.mark.parametrize("act", every_act(USER), ids=repr)
def test_p33_empty_lists_are_nobody(act: Act) -> None:
    assert not allowed(act, USER, Permissions(bound=True))


@pytest.mark.parametrize("who", ["agent:coder", "system", "x:group:approvers"])
def test_p9_only_people_come_in_even_if_a_list_names_something_else(who: str) -> None:
    assert not any(allowed(act, who, owner_of_all(who)) for act in every_act(who))


@pytest.mark.parametrize("act", every_act("person:web/you"), ids=repr)
def test_p33_on_this_machine_you_are_everything(act: Act) -> None:
    authorise(act, who="person:web/you", groups={"web:local"}, permissions=owner_of_all("web:local"))


@pytest.mark.parametrize("who", [USER, APPROVER, ADMIN])
@pytest.mark.parametrize("kind", ["message", "file", "reaction", "background"])
def test_p45_users_approvers_and_admins_may_contribute(who: str, kind: str) -> None:
    acts = {act.kind: act for act in every_act(who) if isinstance(act, Contribution)}
    assert allowed(acts[kind], who)


@pytest.mark.parametrize("act", every_act(ADMIN), ids=repr)
def test_p44_p12_a_channel_without_a_team_hears_only_commands_that_give_it_one_and_what_is_taken_back(act: Act) -> None:
    gives_one = isinstance(act, Command) and act.verb in ("help", "use")
    assert allowed(act, ADMIN, UNBOUND) is (gives_one or isinstance(act, Change))


def test_p44_a_user_cannot_bind_a_channel() -> None:
    assert not allowed(Command(verb="use", arguments="coding"), USER, UNBOUND)
    assert allowed(Command(verb="help"), USER, UNBOUND)


def test_p9_only_ones_own_messages_are_edited_and_deleted_by_admins_too() -> None:
    assert allowed(Change(kind="edit", author=USER), USER)
    assert not allowed(Change(kind="edit", author=USER), ADMIN)
    assert not allowed(Change(kind="delete", author="agent:coder"), ADMIN)


def test_p26_only_approvers_approve_and_an_admin_is_none() -> None:
    approval = Response(asked=Asked(text="Run it?", kind="approval"))
    assert allowed(approval, APPROVER)
    assert not allowed(approval, USER)
    assert not allowed(approval, ADMIN)


def test_p26_an_approval_that_names_its_approver_is_for_that_approver() -> None:
    assert not allowed(Response(asked=Asked(text="Run it?", kind="approval", of=("person:x/other",))), APPROVER)
    assert not allowed(Response(asked=Asked(text="Run it?", kind="approval", of=(USER,))), USER)
    assert allowed(Response(asked=Asked(text="Run it?", kind="approval", of=(APPROVER,))), APPROVER)


def test_c5_a_question_to_somebody_is_answered_by_nobody_else() -> None:
    question = Response(asked=Asked(text="Which city?", of=(USER,)))
    assert allowed(question, USER)
    assert not allowed(question, ADMIN)
    assert not allowed(Response(asked=Asked(text="Which city?", of=(STRANGER,))), STRANGER)


def test_p8_only_an_admin_adds_budget() -> None:
    assert allowed(Response(asked=Asked(text="Add?", kind="budget")), ADMIN)
    assert not allowed(Response(asked=Asked(text="Add?", kind="budget")), USER)
    assert not allowed(Command(verb="budget", arguments="add 5"), USER)


@pytest.mark.parametrize(
    ("arguments", "who"),
    [
        ('{"scope":"room:slack:T1/C1/2026-01-01","unit":"usd","more":1}', [ADMIN]),
        ('{"scope":"workspace:slack:T1/2026-01-01","unit":"usd","more":1}', []),
        ('{"scope":"installation/2026-01-01","unit":"usd","more":1}', []),
    ],
)
def test_p45_an_admin_of_a_channel_adds_to_no_budget_but_its_rooms(arguments: str, who: list[str]) -> None:
    pending = Pending(call="", tool="add_budget", arguments=arguments, digest="")
    question = Response(asked=Asked(text="Add?", kind="budget", pending=pending))
    assert [one for one in (USER, APPROVER, ADMIN) if allowed(question, one)] == who
    everything = Permissions(users=frozenset({OWNER}), admins=frozenset({OWNER}), owners=ROOM.owners, bound=True)
    assert allowed(question, OWNER, everything)


def test_p6_a_user_halts_the_room_and_only_an_admin_of_the_installation_more() -> None:
    assert allowed(Command(verb="halt"), USER)
    for order in (
        Command(verb="halt", arguments="everything"),
        Command(verb="halt", arguments="workspace"),
        Command(verb="resume", arguments="everything"),
        Command(verb="resume", arguments="workspace"),
        Command(verb="where"),
    ):
        for room in (ROOM, UNBOUND):
            assert [one for one in (USER, APPROVER, ADMIN, OWNER) if allowed(order, one, room)] == [OWNER]


def test_p45_an_admin_of_the_installation_is_nobody_else_where_the_channel_has_lists_of_its_own() -> None:
    assert not allowed(Contribution(kind="message"), OWNER)
    assert not allowed(Command(verb="export"), OWNER)


def test_c13_people_come_by_themselves_and_others_are_brought_by_an_admin() -> None:
    assert allowed(Entrance(participant=USER), USER)
    assert not allowed(Entrance(participant="agent:coder"), USER)
    assert allowed(Entrance(participant="agent:coder"), ADMIN)


def test_p45_a_refusal_says_who_can_help() -> None:
    with pytest.raises(NotAllowed, match="Only an admin of the whole installation can order `halt everything`; ask"):
        authorise(Command(verb="halt", arguments="everything"), who=USER, groups=(), permissions=ROOM)


@pytest.mark.parametrize("act", every_act(STRANGER), ids=repr)
def test_p18_somebody_to_whom_agents_only_listen_may_be_heard_and_nothing_else(act: Act) -> None:
    listening = Permissions(users=ROOM.users, background=frozenset({STRANGER}), bound=True)
    heard = Change(kind="edit", author=STRANGER, background=True)
    assert allowed(act, STRANGER, listening) == (act == Contribution(kind="background"))
    assert allowed(heard, STRANGER, listening)
    assert not allowed(Change(kind="edit", author=USER, background=True), STRANGER, listening)
