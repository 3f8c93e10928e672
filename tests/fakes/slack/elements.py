"""Block Kit's elements and texts: buttons, selects, inputs. Source: docs.slack.dev/reference/block-kit."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.slack.json_shapes import is_array, is_object
from tests.fakes.slack.world import Payload


@dataclass(slots=True, eq=False)
class Check:
    """Collects what is wrong, each with the place where it is."""

    problems: list[str] = field(default_factory=list[str])
    action_ids: set[str] = field(default_factory=set[str])

    def wrong(self, what: str, at: str) -> None:
        """Note a problem."""
        self.problems.append(f"[ERROR] {what} [json-pointer:{at}]")

    def known(self, part: Payload, at: str, allowed: str) -> None:
        """Object ``part`` has no fields but these and ``type``."""
        for name in part:
            if name not in {"type", *allowed.split()}:
                self.wrong(f"no more than {allowed.split()} allowed; unexpected field {name}", at)

    def required(self, part: Payload, at: str, names: str) -> None:
        """These fields are there."""
        for name in names.split():
            if part.get(name) is None:
                self.wrong(f"missing required field: {name}", at)

    def length(self, part: Payload, name: str, at: str, most: int, *, least: int = 1) -> None:
        """A text field, if there, has a fitting length."""
        value = part.get(name)
        if value is None:
            return
        if not isinstance(value, str):
            self.wrong("must be a string", f"{at}/{name}")
        elif len(value) > most:
            self.wrong(f"must be less than {most + 1} characters", f"{at}/{name}")
        elif len(value) < least:
            self.wrong(f"must be more than {least - 1} characters", f"{at}/{name}")

    def items(self, part: Payload, name: str, at: str, most: int, *, least: int = 1) -> list[object]:
        """An array field with a fitting number of items; what is not one is empty."""
        value = part.get(name)
        if not is_array(value):
            if value is not None or least:
                self.wrong("must be an array", f"{at}/{name}")
            return []
        if len(value) > most:
            self.wrong(f"no more than {most} items allowed", f"{at}/{name}")
        if len(value) < least:
            self.wrong(f"no fewer than {least} items allowed", f"{at}/{name}")
        return value

    def text(self, value: object, at: str, most: int, *, plain: bool = False) -> None:
        """A text object."""
        if not is_object(value):
            self.wrong("must be an object", at)
            return
        kind = value.get("type")
        if kind not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
            self.wrong(f"unsupported type: {kind}", f"{at}/type")
        self.known(value, at, "text emoji" if kind == "plain_text" else "text verbatim")
        self.required(value, at, "text")
        self.length(value, "text", at, most)


def check_element(check: Check, element: object, at: str, allowed: frozenset[str]) -> None:
    """An element in a block that takes these kinds."""
    if not is_object(element):
        check.wrong("must be an object", at)
        return
    kind = str(element.get("type"))
    if kind not in allowed:
        check.wrong(f"unsupported type: {kind}", f"{at}/type")
        return
    check.length(element, "action_id", at, 255)
    action = element.get("action_id")
    if isinstance(action, str):
        if action in check.action_ids:
            check.wrong(f"`action_id` already exists: {action}", f"{at}/action_id")
        check.action_ids.add(action)
    _ELEMENTS[kind](check, element, at)


def _button(check: Check, element: Payload, at: str) -> None:
    check.known(element, at, "text action_id url value style confirm accessibility_label")
    check.text(element.get("text"), f"{at}/text", 75, plain=True)
    check.length(element, "value", at, 2000, least=0)
    check.length(element, "url", at, 3000)
    check.length(element, "accessibility_label", at, 75)
    if element.get("style") not in (None, "primary", "danger"):
        check.wrong("must be a valid enum value", f"{at}/style")
    if element.get("confirm") is not None:
        _confirm(check, element["confirm"], f"{at}/confirm")


def _confirm(check: Check, value: object, at: str) -> None:
    if not is_object(value):
        check.wrong("must be an object", at)
        return
    check.text(value.get("title"), f"{at}/title", 100, plain=True)
    check.text(value.get("text"), f"{at}/text", 300)
    check.text(value.get("confirm"), f"{at}/confirm", 30, plain=True)
    check.text(value.get("deny"), f"{at}/deny", 30, plain=True)


def _image(check: Check, element: Payload, at: str) -> None:
    check.known(element, at, "image_url alt_text slack_file")
    check.required(element, at, "alt_text")
    check.length(element, "image_url", at, 3000)
    check.length(element, "alt_text", at, 2000)
    if not (element.get("image_url") or element.get("slack_file")):
        check.wrong("missing required field: image_url", at)


def _options(check: Check, element: Payload, at: str) -> None:
    most = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}.get(str(element["type"]), 100)
    if element.get("option_groups") is not None:
        return
    for number, option in enumerate(check.items(element, "options", at, most)):
        place = f"{at}/options/{number}"
        if not is_object(option):
            check.wrong("must be an object", place)
            continue
        check.text(option.get("text"), f"{place}/text", 75)
        check.required(option, place, "value")
        check.length(option, "value", place, 150)


def _menu(check: Check, element: Payload, at: str) -> None:
    if element.get("placeholder") is not None:
        check.text(element["placeholder"], f"{at}/placeholder", 150, plain=True)


def _select(check: Check, element: Payload, at: str) -> None:
    _menu(check, element, at)
    _options(check, element, at)


def _typed(check: Check, element: Payload, at: str) -> None:
    check.known(
        element,
        at,
        "action_id initial_value multiline min_length max_length dispatch_action_config focus_on_load placeholder "
        "is_decimal_allowed min_value max_value",
    )
    check.length(element, "initial_value", at, 3000, least=0)
    most = element.get("max_length")
    if most is not None and not (isinstance(most, int) and 1 <= most <= 3000):
        check.wrong("must be between 1 and 3000", f"{at}/max_length")
    _menu(check, element, at)


def _feedback(check: Check, element: Payload, at: str) -> None:
    for name in ("positive_button", "negative_button"):
        button = element.get(name)
        if not is_object(button):
            check.wrong(f"missing required field: {name}", at)
            continue
        check.text(button.get("text"), f"{at}/{name}/text", 75, plain=True)
        check.length(button, "value", f"{at}/{name}", 2000)


def _icon_button(check: Check, element: Payload, at: str) -> None:
    check.required(element, at, "icon text")
    check.length(element, "value", at, 2000)


_ELEMENTS: dict[str, Callable[[Check, Payload, str], None]] = {
    "button": _button,
    "workflow_button": _button,
    "image": _image,
    "overflow": _options,
    "checkboxes": _options,
    "radio_buttons": _options,
    "static_select": _select,
    "multi_static_select": _select,
    **dict.fromkeys(
        (
            *("users_select", "conversations_select", "channels_select", "external_select"),
            *("multi_users_select", "multi_conversations_select", "multi_channels_select", "multi_external_select"),
            *("datepicker", "timepicker", "datetimepicker", "rich_text_input", "file_input"),
        ),
        _menu,
    ),
    **dict.fromkeys(("plain_text_input", "email_text_input", "url_text_input", "number_input"), _typed),
    "feedback_buttons": _feedback,
    "icon_button": _icon_button,
}

INPUTS = frozenset(_ELEMENTS) - {
    *("button", "workflow_button", "image", "overflow", "feedback_buttons", "icon_button"),
}
ACTIONS = frozenset(_ELEMENTS) - {
    *("image", "file_input", "feedback_buttons", "icon_button"),
    *("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"),
}
ACCESSORIES = ACTIONS | {"image"}
CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})
