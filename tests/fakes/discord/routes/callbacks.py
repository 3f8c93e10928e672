"""Answers to interactions: the callback, the message it made, and those after it."""

from tests.fakes.discord import forms, payloads
from tests.fakes.discord.calls import Call, Routes
from tests.fakes.discord.chat import EPHEMERAL, LOADING, Draft
from tests.fakes.discord.errors import Refused, wrong
from tests.fakes.discord.interactions import COMMAND, MODAL, Interaction
from tests.fakes.discord.values import COMMAND_ANSWER, FakeMessage, Json

_MESSAGE, _THINKING, _UPDATE = 4, 5, 7


async def callback(call: Call) -> Json | None:
    """The first answer, which must come within three seconds and only once."""
    interaction = call.interactions.with_id(call.id("interaction_id"))
    if interaction is None or interaction.token != call.request.params["interaction_token"]:
        raise Refused(10062)
    if interaction.answer_type is not None:
        raise Refused(40060)
    if call.interactions.late(interaction):
        raise Refused(10062)
    kind = int(call.body["type"])
    data: Json = call.body.get("data") or {}
    call.body = data
    _do(call, interaction, kind)
    interaction.answer_type, interaction.answer = kind, data
    interaction.answered_at = call.world.time.now()
    if call.request.query.get("with_response") not in ("1", "true", "True"):
        return None
    return _response(interaction, kind)


def _do(call: Call, interaction: Interaction, kind: int) -> None:
    match kind:
        case 4:
            interaction.original = _post(call, interaction, forms.draft(call, interaction.channel))
        case 5:
            thinking = Draft(flags=int(call.body.get("flags") or 0) & EPHEMERAL | LOADING)
            interaction.original = _post(call, interaction, thinking)
        case 6 | 7 if interaction.message:
            interaction.original = interaction.message
            if kind == _UPDATE:
                forms.change(call, interaction.message)
        case 9 if interaction.kind != MODAL:
            _check_modal(call.body)
        case _:
            raise wrong("type", "INTERACTION_CALLBACK_TYPE_INVALID", f"Not an answer to this interaction: {kind}")


def _check_modal(data: Json) -> None:
    if not 1 <= len(data.get("title") or "") <= 45:
        raise wrong("data.title", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length.")
    if not 1 <= len(data.get("custom_id") or "") <= 100:
        raise wrong("data.custom_id", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    if not 1 <= len(data.get("components") or []) <= 5:
        raise wrong("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")


def _post(call: Call, interaction: Interaction, draft: Draft) -> FakeMessage:
    """Write as the bot; what is ephemeral only the person sees, and no gateway tells of it."""
    channel = interaction.channel
    message = call.chat.write(channel, interaction.bot.user, draft)
    message.webhook_id = None
    message.interaction = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": payloads.user(interaction.user),
        "authorizing_integration_owners": {},
    }
    message.type = COMMAND_ANSWER if interaction.kind == COMMAND else 0
    if draft.flags & EPHEMERAL:
        message.seen_by = interaction.user.id
        call.chat.whispers[message.id] = message
    else:
        channel.messages[message.id] = message
        call.world.tell.message_created(message)
    return message


def _response(interaction: Interaction, kind: int) -> Json:
    original = interaction.original
    answer: Json = {
        "interaction": {
            "id": str(interaction.id),
            "type": interaction.kind,
            "response_message_id": str(original.id) if original else None,
            "response_message_loading": kind == _THINKING,
            "response_message_ephemeral": bool(original and original.flags & EPHEMERAL),
        }
    }
    if kind in (_MESSAGE, _UPDATE) and original:
        answer["resource"] = {"type": kind, "message": payloads.message(original)}
    return answer


def follows_up(call: Call) -> bool:
    """Whether a webhook's address is in truth an application's, with an interaction's token."""
    application_id = call.id("webhook_id")
    return any(bot.application_id == application_id for bot in call.world.bots.values())


def _interaction(call: Call) -> Interaction:
    interaction = call.interactions.with_token(call.request.params["webhook_token"])
    if interaction is None or interaction.bot.application_id != call.id("webhook_id"):
        raise Refused(50027)
    if call.interactions.expired(interaction):
        raise Refused(50027)
    return interaction


async def follow_up(call: Call) -> Json:
    """A further message. The first after a deferred answer takes that answer's place."""
    interaction = _interaction(call)
    if interaction.answer_type is None:
        raise Refused(10015)
    draft = forms.draft(call, interaction.channel)
    original = interaction.original
    if original and original.flags & LOADING:
        _settle(original)
        forms.change(call, original)
        return payloads.message(original)
    message = _post(call, interaction, draft)
    message.reference = original.id if original else None
    interaction.followups.append(message)
    return payloads.message(message)


def message(call: Call) -> FakeMessage:
    interaction = _interaction(call)
    if call.request.params.get("message_id", "@original") == "@original":
        if interaction.original is None:
            raise Refused(10008)
        return interaction.original
    wanted = call.id("message_id")
    found = next((one for one in (*interaction.followups, interaction.original) if one and one.id == wanted), None)
    if found is None:
        raise Refused(10008)
    return found


def _settle(of: FakeMessage) -> None:
    of.flags &= ~LOADING


async def original(call: Call) -> Json:
    return payloads.message(message(call))


async def edit(call: Call) -> Json:
    of = message(call)
    if not of.flags & LOADING:
        forms.change(call, of)
        return payloads.message(of)
    _settle(of)
    forms.change(call, of)
    of.edited_at = None
    return payloads.message(of)


async def delete(call: Call) -> None:
    call.chat.delete(message(call))


_ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"

ROUTES: Routes = {
    "POST /interactions/{interaction_id}/{interaction_token}/callback": callback,
    f"GET {_ORIGINAL}": original,
    f"PATCH {_ORIGINAL}": edit,
    f"DELETE {_ORIGINAL}": delete,
}
