"""A chat platform in memory: rooms that keep what was posted, and fail on request."""

from collections.abc import Callable
from itertools import count
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from agents.errors import PlatformFailed
from agents.ports import Capabilities, Post

PlatformCall: TypeAlias = Literal["post", "edit", "find"]
"""What a platform was asked to do."""


class Trouble(Struct, frozen=True, kw_only=True):
    """How a call fails: with this error. ``landed``: it takes effect all the same, and only the answer is lost."""

    error: PlatformFailed
    landed: bool = False


class PostedMessage(Struct, frozen=True, kw_only=True):
    """A message as the room shows it now; ``edits`` is how often it was changed."""

    platform_id: str
    post: Post
    edits: int = 0


def lost_answer() -> Trouble:
    """The platform takes the post, and the connection breaks before it says so."""
    return Trouble(
        error=PlatformFailed("The connection broke; it is not known what happened.", unknown=True), landed=True
    )


def lost_request() -> Trouble:
    """The connection breaks before the platform has the post. The caller cannot tell this from `lost_answer`."""
    return Trouble(error=PlatformFailed("The connection broke; it is not known what happened.", unknown=True))


def slow_down(seconds: float) -> Trouble:
    """The platform takes no request for so many seconds, because there were too many."""
    return Trouble(error=PlatformFailed("Too many requests; wait before the next one.", retry_after=seconds))


def refusal() -> Trouble:
    """The platform will never take the post."""
    return Trouble(error=PlatformFailed("The channel is archived; unarchive it or bind another one.", permanent=True))


class MemoryPlatform:
    """A `Platform` that keeps every message, and refuses what is longer than its capabilities say.

        platform = MemoryPlatform()
        platform.fail_next(lost_answer())
        assert platform.texts("web:lobby") == []

    `fail_next` says how the next calls fail, ``trouble`` whether any other call does. ``calls`` has every call, oldest
    first, failed ones too.
    """

    def __init__(
        self,
        capabilities: Capabilities | None = None,
        *,
        trouble: Callable[[PlatformCall, Post], Trouble | None] | None = None,
    ):
        self._capabilities = capabilities or Capabilities(max_length=4000)
        self._trouble = trouble
        self._failures: list[Trouble] = []
        self._messages: dict[str, PostedMessage] = {}
        self._numbers = count(1)
        self.calls: list[tuple[PlatformCall, Post]] = []

    @property
    def capabilities(self) -> Capabilities:
        """Those that it was made with."""
        return self._capabilities

    @property
    def messages(self) -> tuple[PostedMessage, ...]:
        """All messages of all rooms, oldest first."""
        return tuple(self._messages.values())

    def texts(self, room: str) -> list[str]:
        """The text of each message of a room as it is now, oldest first."""
        return [message.post.text for message in self._messages.values() if message.post.room == room]

    def fail_next(self, *troubles: Trouble) -> None:
        """Let the next calls fail like this, one each, in this order."""
        self._failures += troubles

    async def post(self, post: Post) -> str:
        """Keep it as a new message, also where there is one with its key: platforms do not look."""
        trouble = self._begin("post", post)
        self._check(post)
        if trouble is None or trouble.landed:
            platform_id = f"m{next(self._numbers)}"
            self._messages[platform_id] = PostedMessage(platform_id=platform_id, post=post)
            if trouble is None:
                return platform_id
        raise trouble.error

    async def edit(self, platform_id: str, post: Post) -> None:
        """Give the message this content. Its files stay, and new ones are added."""
        trouble = self._begin("edit", post)
        self._check(post)
        known = self._messages.get(platform_id)
        if known is None or known.post.room != post.room or not self._capabilities.edits:
            raise PlatformFailed(
                f"There is no message {platform_id} that can be edited; post a new one.", permanent=True
            )
        if trouble is None or trouble.landed:
            changed = replace(post, key=known.post.key, files=known.post.files + post.files)
            self._messages[platform_id] = replace(known, post=changed, edits=known.edits + 1)
        if trouble is not None:
            raise trouble.error

    async def find(self, post: Post) -> str | None:
        """The first message of the room with this key."""
        trouble = self._begin("find", post)
        if trouble is not None:
            raise trouble.error
        same = (m for m in self._messages.values() if m.post.key == post.key and m.post.room == post.room)
        return next((message.platform_id for message in same), None)

    def remove(self, platform_id: str) -> None:
        """Delete the message, as people can on a platform. Raises KeyError where there is none."""
        del self._messages[platform_id]

    def _begin(self, call: PlatformCall, post: Post) -> Trouble | None:
        self.calls.append((call, post))
        if self._failures:
            return self._failures.pop(0)
        return self._trouble(call, post) if self._trouble else None

    def _check(self, post: Post) -> None:
        most = self._capabilities.max_length
        if self._capabilities.length(post.text) > most:
            raise PlatformFailed(f"A message may have {most} characters; split this one.", permanent=True)
        if not post.text.strip() and not post.files:
            raise PlatformFailed("A message without text or files is refused; say something.", permanent=True)
