"""views.*: modals and the home tab. Source: docs.slack.dev/reference/views."""

from tests.fakes.slack.blocks import MOST_IN_MODAL, check_blocks
from tests.fakes.slack.calls import Call, Refused, method
from tests.fakes.slack.elements import Check
from tests.fakes.slack.json_shapes import is_object
from tests.fakes.slack.site import OpenView, Site, Trigger
from tests.fakes.slack.world import Payload

TRIGGER_LIFE = 3.0
"""Seconds in which an app may open a modal after an interaction."""

_MODAL = (
    "title submit close blocks callback_id private_metadata clear_on_close notify_on_close external_id submit_disabled"
)
_HOME = "blocks callback_id private_metadata external_id"


@method("views.open", "trigger_id! interactivity_pointer view:json!", tier=4)
async def open_(call: Call) -> Payload:
    """Show a modal."""
    shape = check_view(call.args["view"], "modal")
    trigger = _use_trigger(call)
    opened = show(call.site, call.app.app_id, call.team, trigger.user, shape)
    return {"view": view_json(call.site, opened)}


@method("views.push", "trigger_id! interactivity_pointer view:json!", tier=4)
async def push(call: Call) -> Payload:
    """Show a modal on top of one that is open; at most three lie on each other."""
    shape = check_view(call.args["view"], "modal")
    trigger = _use_trigger(call)
    below = [one for one in call.site.views.values() if one.user == trigger.user and one.app == call.app.app_id]
    if len(below) >= 3:
        raise Refused("push_limit_reached")
    root = below[0].root if below else None
    opened = show(call.site, call.app.app_id, call.team, trigger.user, shape, root=root)
    return {"view": view_json(call.site, opened)}


@method("views.update", "view_id external_id view:json! hash", tier=4)
async def update(call: Call) -> Payload:
    """Change a modal that is open."""
    shape = check_view(call.args["view"], "modal")
    opened = next((one for one in call.site.views.values() if one.app == call.app.app_id and _named(call, one)), None)
    if opened is None:
        raise Refused("not_found")
    if call.maybe("hash") not in (None, opened.hash):
        raise Refused("hash_conflict")
    opened.view, opened.hash = shape, call.site.world.new_id("hash")
    return {"view": view_json(call.site, opened)}


@method("views.publish", "user_id! view:json! hash", tier=4)
async def publish(call: Call) -> Payload:
    """Set a person's home tab."""
    shape = check_view(call.args["view"], "home")
    if (call.team, call.text("user_id")) not in call.site.world.users:
        raise Refused("user_not_found")
    call.site.homes[call.app.app_id, call.text("user_id")] = shape
    return {"view": {"id": call.site.world.new_id("V"), "team_id": call.team, **shape}}


def check_view(view: object, kind: str) -> Payload:
    """The view, or a refusal that names every problem."""
    check = Check()
    if not is_object(view):
        raise Refused("invalid_arguments", "[ERROR] must be an object [json-pointer:/view]")
    if view.get("type") != kind:
        check.wrong(f"unsupported type: {view.get('type')}", "/view/type")
    check.known(view, "/view", _MODAL if kind == "modal" else _HOME)
    if kind == "modal":
        check.text(view.get("title"), "/view/title", 24, plain=True)
    for name in ("submit", "close"):
        if view.get(name) is not None:
            check.text(view[name], f"/view/{name}", 24, plain=True)
    check.length(view, "callback_id", "/view", 255)
    check.length(view, "private_metadata", "/view", 3000, least=0)
    if check.problems:
        raise Refused("invalid_arguments", *check.problems)
    try:
        blocks = check_blocks(view.get("blocks"), most=MOST_IN_MODAL, modal=True)
    except Refused as refused:
        raise Refused("invalid_arguments", *refused.messages) from refused
    if any(block["type"] == "input" for block in blocks) and kind == "modal" and not view.get("submit"):
        raise Refused("invalid_arguments", "[ERROR] missing required field: submit [json-pointer:/view]")
    return view


def show(site: Site, app: str, team: str, user: str, view: Payload, *, root: str | None = None) -> OpenView:
    """Put a view before a person's eyes."""
    id_ = site.world.new_id("V")
    shape = {**view, "blocks": site.world.with_block_ids(view["blocks"])}
    opened = OpenView(id_, app, team, user, shape, site.world.new_id("hash"), root or id_)
    site.views[id_] = opened
    return opened


def view_json(site: Site, opened: OpenView) -> Payload:
    """A view as answers and interactions carry it."""
    app = site.world.apps[opened.app]
    return {
        "private_metadata": "",
        "callback_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "external_id": "",
        **opened.view,
        "id": opened.id,
        "team_id": opened.team,
        "state": {"values": {}},
        "hash": opened.hash,
        "root_view_id": opened.root,
        "previous_view_id": None,
        "app_id": opened.app,
        "app_installed_team_id": opened.team,
        "bot_id": app.installs[opened.team].bot_id,
    }


def new_trigger(site: Site, app: str, team: str, user: str) -> str:
    """A trigger for an interaction that happens now."""
    id_ = f"{site.world.new_id('13')}.{site.world.new_id('42')}.{site.world.new_secret('')}"
    site.triggers[id_] = Trigger(id_, app, team, user, site.clock.now() + TRIGGER_LIFE)
    return id_


def _use_trigger(call: Call) -> Trigger:
    trigger = call.site.triggers.get(call.text("trigger_id"))
    if trigger is None or trigger.app != call.app.app_id:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if call.site.clock.now() > trigger.expires:
        raise Refused("expired_trigger_id")
    trigger.used = True
    return trigger


def _named(call: Call, opened: OpenView) -> bool:
    external = call.maybe("external_id")
    return opened.id == call.text("view_id") or (external is not None and opened.view.get("external_id") == external)
