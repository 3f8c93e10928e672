"""Interactions: people press buttons, send modals and type slash commands, and see what the app answers.

Source: docs.slack.dev/interactivity, docs.slack.dev/reference/interaction-payloads.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.fakes.slack.crowd import Crowd
from tests.fakes.slack.json_shapes import inside, is_object
from tests.fakes.slack.office import Delivery
from tests.fakes.slack.response_urls import new_response_url, take
from tests.fakes.slack.shapes import message_json
from tests.fakes.slack.site import OpenView, ResponseUrl
from tests.fakes.slack.views import check_view, new_trigger, show, view_json
from tests.fakes.slack.world import Channel, FakeApp, FakeMessage, FakeUser, Payload


@dataclass(slots=True, eq=False)
class Answer:
    """What an app answered within three seconds (``answered``), and later through the response_url (``later``)."""

    answered: bool
    status: int | None
    body: Payload | str | None
    later: list[Payload]

    @property
    def text(self) -> str:
        """The text of the immediate answer."""
        return str(self.body.get("text", "")) if is_object(self.body) else str(self.body or "")


class Pressing(Crowd):
    """People press what they see; pressing what is not there is an error of the test and raises ValueError."""

    @property
    def open_views(self) -> list[OpenView]:
        """The modals that people have open, oldest first."""
        return list(self.site.views.values())

    def buttons(self, channel: str, ts: str, *, team: str | None = None) -> list[Payload]:
        """The elements of a message that can be pressed."""
        return [element for _, element in _elements(self._find(self.world.channel(channel, team), ts, None).blocks)]

    async def click(
        self,
        user: str,
        channel: str,
        ts: str,
        *,
        action_id: str,
        value: str | None = None,
        team: str | None = None,
    ) -> Answer:
        """Press a button (or choose an option of a menu by its value) and wait for the answer."""
        where = self.world.channel(channel, team)
        message = self._find(where, ts, user)
        if user not in where.members:
            raise ValueError(f"{user} is not in {channel} and sees no buttons there.")
        block_id, element = _element(message, action_id, value)
        app = self.world.apps[message.app_id or ""]
        person = self.world.user(where.team, user)
        url, answers = new_response_url(self.site, app.app_id, where, user, message)
        payload = self._interaction("block_actions", app, person, where.team)
        payload["container"] = _container(where, message)
        payload["channel"] = {"id": where.id, "name": where.name or "directmessage"}
        payload["state"] = {"values": {}}
        payload["response_url"] = url
        payload["actions"] = [_action(element, block_id, value, self.world.new_ts())]
        if message.ephemeral_for is None:
            payload["message"] = message_json(self.world, message, metadata=True)
        return await self._await(await self.office.send(app, "interactive", payload), answers)

    async def submit_view(self, user: str, view_id: str, values: Mapping[str, str]) -> Answer:
        """Fill in a modal, by block_id or action_id, and send it. What the app answers happens to the view."""
        view = self._view(user, view_id)
        app = self.world.apps[view.app]
        shape = view_json(self.site, view) | {"state": {"values": _state(view.view["blocks"], values)}}
        payload = self._interaction("view_submission", app, self.world.user(view.team, user), view.team)
        delivery = await self.office.send(app, "interactive", payload | {"view": shape, "response_urls": []})
        answer = await self._await(delivery, None)
        if answer.answered:
            self._after_submit(view, answer.body)
        return answer

    async def close_view(self, user: str, view_id: str) -> None:
        """Close a modal without sending it; the app hears of it only if it asked to."""
        view = self.site.views.pop(self._view(user, view_id).id)
        if view.view.get("notify_on_close"):
            app = self.world.apps[view.app]
            payload = self._interaction("view_closed", app, self.world.user(view.team, user), view.team)
            shape = {"view": view_json(self.site, view), "is_cleared": False}
            await self.office.send(app, "interactive", payload | shape)

    async def command(
        self,
        user: str,
        channel: str,
        command: str,
        text: str = "",
        *,
        thread_ts: str | None = None,
        team: str | None = None,
    ) -> Answer:
        """Type a slash command; Slack has none in threads, and only those that an app declares."""
        if thread_ts is not None:
            raise ValueError(f"Slack answers: {command} is not supported in threads. Sorry!")
        where = self.world.channel(channel, team)
        app = self._owner_of(command, where.team)
        person = self.world.user(where.team, user)
        url, answers = new_response_url(self.site, app.app_id, where, user, None)
        payload: Payload = {
            "token": "verification-token",
            "team_id": where.team,
            "team_domain": self.world.teams[where.team].domain,
            "channel_id": where.id,
            "channel_name": {"im": "directmessage", "group": "privategroup"}.get(where.kind, where.name),
            "user_id": user,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": app.app_id,
            "is_enterprise_install": "false",
            "response_url": url,
            "trigger_id": new_trigger(self.site, app.app_id, where.team, user),
        }
        answer = await self._await(await self.office.send(app, "slash_commands", payload), answers)
        if answer.text:
            said = answer.body if is_object(answer.body) else {"text": answer.text}
            await take(self.site, answers, said)
        return answer

    async def _await(self, delivery: Delivery, answers: ResponseUrl | None) -> Answer:
        await delivery.over.wait()
        later = answers.answers if answers is not None else []
        return Answer(delivery.answered, delivery.status, delivery.body, later)

    def _interaction(self, kind: str, app: FakeApp, person: FakeUser, team: str) -> Payload:
        named = {"id": person.id, "username": person.name, "name": person.name, "team_id": person.home}
        return {
            "type": kind,
            "user": named,
            "team": {"id": team, "domain": self.world.teams[team].domain},
            "api_app_id": app.app_id,
            "token": "verification-token",
            "trigger_id": new_trigger(self.site, app.app_id, team, person.id),
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _find(self, where: Channel, ts: str, user: str | None) -> FakeMessage:
        for message in (*where.messages.values(), *where.ephemerals):
            if message.ts == ts and message.ephemeral_for in (None, user):
                return message
        raise ValueError(f"Nobody sees a message {ts} in {where.id}.")

    def _view(self, user: str, view_id: str) -> OpenView:
        view = self.site.views.get(view_id)
        if view is None or view.user != user:
            raise ValueError(f"{user} has no view {view_id} open.")
        return view

    def _owner_of(self, command: str, team: str) -> FakeApp:
        for app, install in self.world.installs(team):
            if command in app.commands and "commands" in install.scopes:
                return app
        raise ValueError(f"Slack answers: {command} is not a valid command. No app declares it.")

    def _after_submit(self, view: OpenView, body: Payload | str | None) -> None:
        answer = body if is_object(body) else {}
        match answer.get("response_action"):
            case "errors":
                view.view["errors"] = _known_errors(view, answer.get("errors"))
            case "update":
                view.view = check_view(answer.get("view"), "modal")
                view.hash = self.world.new_id("hash")
            case "push":
                shape = check_view(answer.get("view"), "modal")
                show(self.site, view.app, view.team, view.user, shape, root=view.root)
            case "clear":
                for one in [one for one in self.site.views.values() if one.root == view.root]:
                    del self.site.views[one.id]
            case None:
                del self.site.views[view.id]
            case other:
                raise ValueError(f"Slack knows no response_action {other}: the person sees an error.")


def _known_errors(view: OpenView, errors: object) -> Payload:
    ids = {block.get("block_id") for block in view.view["blocks"]}
    if not is_object(errors) or not set(errors) <= ids:
        raise ValueError(f"response_action errors must name blocks of the view ({ids}), not {errors}.")
    return errors


def _container(where: Channel, message: FakeMessage) -> Payload:
    shape: Payload = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": where.id,
        "is_ephemeral": message.ephemeral_for is not None,
    }
    if message.thread_ts is not None:
        shape["thread_ts"] = message.thread_ts
    return shape


def _elements(blocks: list[Payload]) -> list[tuple[str, Payload]]:
    """Every element with an action, with its block's id."""
    found: list[tuple[str, Payload]] = []
    for block in blocks:
        found += [(str(block.get("block_id")), one) for one in _actionable(block)]
    return found


def _actionable(part: object) -> list[Payload]:
    own = [part] if is_object(part) and "action_id" in part else []
    return own + [one for inner in inside(part) for one in _actionable(inner)]


def _element(message: FakeMessage, action_id: str, value: str | None) -> tuple[str, Payload]:
    for block_id, element in _elements(message.blocks):
        if element["action_id"] == action_id and (value is None or value in _values(element)):
            return block_id, element
    raise ValueError(f"Message {message.ts} has no element {action_id} with value {value}: it cannot be pressed.")


def _values(element: Payload) -> list[str]:
    options = [str(option["value"]) for option in element.get("options", [])]
    return options or [str(element.get("value"))]


def _action(element: Payload, block_id: str, value: str | None, ts: str) -> Payload:
    shape: Payload = {"type": element["type"], "action_id": element["action_id"], "block_id": block_id, "action_ts": ts}
    if "options" in element:
        chosen = next((one for one in element["options"] if one["value"] == value), None)
        return shape | {"selected_option": chosen}
    return shape | {name: element[name] for name in ("text", "value", "style") if name in element}


def _state(blocks: list[Payload], values: Mapping[str, str]) -> Payload:
    """What a modal's inputs hold; a required one that is left empty cannot be sent."""
    state: Payload = {}
    used: set[str] = set()
    for block in blocks:
        if block["type"] != "input":
            continue
        element, block_id = block["element"], str(block["block_id"])
        action_id = str(element.get("action_id") or "")
        name = next((one for one in (block_id, action_id) if one in values), None)
        used |= {name} if name is not None else set()
        given = values[name] if name is not None else element.get("initial_value")
        if not given and not block.get("optional"):
            raise ValueError(f"The input {block_id} is required: Slack does not send the view without it.")
        _check_typed(element, given)
        state[block_id] = {action_id: _filled(element, given)}
    if used != set(values):
        raise ValueError(f"The view has no inputs {set(values) - used}.")
    return state


def _check_typed(element: Payload, given: str | None) -> None:
    most = int(element.get("max_length", 3000))
    if given is not None and len(given) > most:
        raise ValueError(f"The input takes {most} characters; {len(given)} cannot be typed.")


def _filled(element: Payload, given: str | None) -> Payload:
    if "options" in element:
        chosen = next((one for one in element["options"] if one["value"] == given), None)
        return {"type": element["type"], "selected_option": chosen}
    if element["type"] == "users_select":
        return {"type": "users_select", "selected_user": given}
    return {"type": element["type"], "value": given}
