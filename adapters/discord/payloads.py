"""A post as Discord takes it: words, people to notify, buttons, files. Nobody else is ever notified."""

import hashlib
import re
from base64 import b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from adapters.discord.rest import Json
from adapters.discord.rooms import user_of
from adapters.shared.render_discord import discord_markdown
from agents.errors import PlatformFailed
from agents.log.files import NamedFile
from agents.ports import Capabilities, Card, Post

MOST_CHARACTERS = 2000
"""Discord's limit for what is sent; posts keep below it, so that names and mentions fit in front."""

RESERVE = 100

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_REQUEST = 24 * 1024 * 1024
MOST_FILES = 10

ANSWER = "w"
"""The choice of those who answer in words."""

_NO_PREVIEWS = 4
_LINK = "-# [↪]"
_BUTTONS_IN_A_ROW, _MOST_BUTTONS, _LONGEST_LABEL = 5, 25, 80
_STYLES = {"approve": 3, "reject": 4}
_BLOCK = re.compile(r"```|#{1,3} |[-*] |\d+\. |> |-# ")


def length(text: str) -> int:
    """How long ``text`` is for Discord, once rendered. Counted in UTF-16 units, the larger of the ways to count."""
    return units(discord_markdown(text))


def units(text: str) -> int:
    """UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


CAPABILITIES = Capabilities(max_length=MOST_CHARACTERS - RESERVE, length=length)


def nonce(key: str) -> str:
    """The same for the same post, at most 25 characters: Discord takes each nonce once within some minutes."""
    return b32encode(hashlib.sha256(key.encode()).digest())[:25].decode().lower()


def check(post: Post) -> None:
    """Raise `PlatformFailed` for what Discord would refuse anyway."""
    if length(post.text) > CAPABILITIES.max_length:
        raise PlatformFailed(
            f"A message on Discord may have {CAPABILITIES.max_length} characters; split this one.", permanent=True
        )
    if not post.text.strip() and not post.files:
        raise PlatformFailed("A message without words and files is refused by Discord; say something.", permanent=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is written, whom it notifies, and the files that go along."""

    content: str
    users: tuple[int, ...]
    files: tuple[NamedFile, ...]


def content_of(post: Post, *, name: str, names: Sequence[str], link: str = "") -> Content:
    """What people read. ``name`` stands in front, if any; ``names`` are those of ``post.pings``, in that order.

    ``link`` leads to the message that this one replies to, where the platform cannot show that itself.
    """
    files, left_out = _files(post.files)
    text = discord_markdown(post.text)
    if post.quiet:
        text = f"-# {' '.join(text.split())}"
    if left_out:
        text = f"{text}\n-# Too large to be shown here: {discord_markdown(', '.join(left_out))}".strip()
    if name:
        text = f"{prefix(name)}\n{text}" if _BLOCK.match(text) else f"{prefix(name)} {text}".rstrip()
    if link and units(head := f"{_LINK}(<{link}>)\n") + units(text) <= MOST_CHARACTERS:
        text = head + text
    users: list[int] = []
    for participant, called in zip(post.pings, names, strict=True):
        user = user_of(participant)
        if user is not None and units(notifying := _notifying(text, user, called)) <= MOST_CHARACTERS:
            text = notifying
            users.append(user)
    if post.card is not None and post.card.answered is not None:
        text = _answered(text, post.card.answered)
    return Content(content=text[:MOST_CHARACTERS], users=tuple(users), files=files)


def without_files(post: Post, why: str) -> Post:
    """The post with a line for people instead of its files."""
    names = ", ".join(file.name for file in post.files)
    return replace(post, files=(), text=f"{post.text}\n\n{names} cannot be shown here: {why}".lstrip())


def prefix(name: str) -> str:
    """What stands in front of an agent's words where the host bot says them."""
    return f"**{discord_markdown(name)}:**"


def without_link(content: str) -> str:
    """What was sent, without the line that leads to what it replies to."""
    return content.partition("\n")[2] if content.startswith(_LINK) else content


def create(said: Content, card: Json, *, reply_to: int | None = None, key: str = "") -> dict[str, Json]:
    """The body of a new message; with a ``key`` it is taken once."""
    body: dict[str, Json] = {
        "content": said.content,
        "allowed_mentions": _allowed(said.users),
        "flags": _NO_PREVIEWS,
    }
    if card:
        body["components"] = card
    if said.files:
        body["attachments"] = _attachments(said.files)
    if key:
        body |= {"nonce": nonce(key), "enforce_nonce": True}
    if reply_to is not None:
        body["message_reference"] = {"message_id": str(reply_to), "fail_if_not_exists": False}
    return body


def edit(said: Content, card: Json) -> dict[str, Json]:
    """The body of an edit: without it, the old buttons would stay and mentions be read anew."""
    body: dict[str, Json] = {
        "content": said.content,
        "allowed_mentions": _allowed(said.users),
        "components": card,
    }
    if said.files:
        body["attachments"] = _attachments(said.files)
    return body


def buttons(card: Card | None, room: str) -> list[Json]:
    """Rows of buttons for an open card; none for an answered one."""
    if card is None or card.answered is not None:
        return []
    signed = signature(room, card.question, card.options)
    shown = [
        _button(option, f"hi:{card.question}:{number}:{signed}", _STYLES.get(option.casefold(), 2))
        for number, option in enumerate(card.options[:_MOST_BUTTONS])
    ]
    if card.kind == "input" and len(shown) < _MOST_BUTTONS:
        shown.append(_button("Answer…", f"hi:{card.question}:{ANSWER}:{signed}", 1))
    rows = [shown[at : at + _BUTTONS_IN_A_ROW] for at in range(0, len(shown), _BUTTONS_IN_A_ROW)]
    return [{"type": 1, "components": row} for row in rows]


def signature(room: str, question: int, options: Iterable[str]) -> str:
    """Ties a button to its question: another database's question of that number has another one."""
    return hashlib.sha256("\n".join((room, str(question), *options)).encode()).hexdigest()[:12]


def _button(label: str, custom_id: str, style: int) -> Json:
    return {"type": 2, "style": style, "label": label[:_LONGEST_LABEL], "custom_id": custom_id}


def _allowed(users: Sequence[int]) -> Json:
    return {"parse": [], "users": [str(user) for user in users], "replied_user": False}


def _attachments(files: Sequence[NamedFile]) -> Json:
    return [{"id": str(number), "filename": file.name} for number, file in enumerate(files)]


def _files(files: Sequence[NamedFile]) -> tuple[tuple[NamedFile, ...], list[str]]:
    """The files that Discord takes, and the names of the others."""
    taken: list[NamedFile] = []
    left_out: list[str] = []
    total = 0
    for file in files:
        size = len(file.content)
        if size > LARGEST_FILE or total + size > LARGEST_REQUEST or len(taken) == MOST_FILES:
            left_out.append(file.name)
        else:
            taken.append(file)
            total += size
    return tuple(taken), left_out


def _notifying(text: str, user: int, called: str) -> str:
    """``text`` with a live mention: where it says ``@called``, else in front."""
    found = re.search(rf"@{re.escape(discord_markdown(called))}(?!\w)", text, re.IGNORECASE) if called else None
    if found:
        return f"{text[: found.start()]}<@{user}>{text[found.end() :]}"
    return f"<@{user}> {text}"


def _answered(text: str, line: str) -> str:
    rest = MOST_CHARACTERS - units(text) - len("\n\n-# ")
    shown = discord_markdown(" ".join(line.split()))
    return text if rest < 20 else f"{text}\n\n-# {shown if units(shown) <= rest else shown[: rest // 2] + '…'}"
