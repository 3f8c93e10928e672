"""One post that happens exactly once, whatever the platform, the network or the process does meanwhile.

The claim is written before the call and the platform's id after it. A claim without an id is looked for on the
platform before anything is sent again. The halt is checked here, directly before a call, and nowhere else.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from adapters.shared.pace import Pace
from agents.errors import PlatformFailed
from agents.log.participants import ParticipantId, Profile
from agents.ports import Platform, Ports, Post, Receipt

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

_T = TypeVar("_T")

REFUSED = ""
"""Settled under this id: the platform refused it for good, and it is not tried again."""

MOST_ATTEMPTS = 10
LONGEST_PAUSE = 60.0
"""Seconds between attempts grow from one to this: after about five minutes an attempt is given up and reported, unless
everything else would fail as well."""


class Held(Exception):  # it stops a lane; nothing failed
    """The room is halted: what is unposted stays so until it is resumed."""


async def _knows_all(room: str) -> None:
    """There is nothing to find out about a room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What the lanes of one platform work with.

    ``profile`` is the face of a participant in a room, ``host`` the house's own. ``halted`` says, at once and from
    memory, whether nothing may leave for a room; ``acquaint`` is waited for before anything does, so that both know
    the room, and ``look`` whenever a room, or a log that only holds halts, has news. ``redact`` takes secrets out of
    text. ``refused`` is told of every post that was given up. ``streaming`` shows turns while they grow. ``timeout``
    is in seconds for each call.
    """

    platform: Platform
    ports: Ports
    pace: Pace
    host: Profile
    profile: Callable[[str, ParticipantId], Profile]
    halted: Callable[[str], bool]
    redact: Callable[[str], str]
    refused: Callable[[Post, PlatformFailed], None]
    acquaint: Callable[[str], Awaitable[None]] = _knows_all
    look: Callable[[str], Awaitable[None]] = _knows_all
    streaming: bool = False
    timeout: float = 30.0


class Delivery:
    """Sends posts to one room, one at a time. Methods raise `Held` and `StoreFailed`."""

    def __init__(self, outbox: Outbox, room: str):
        self._outbox, self._room = outbox, room
        self._receipts, self._clock = outbox.ports.store.receipts, outbox.ports.clock
        self._not_before = 0.0

    async def post(self, post: Post) -> str | None:
        """Have it posted exactly once; the platform's id of it, or None where the platform will never take it."""
        receipt = await self._receipts.claim(post.key)
        if receipt.platform_id is not None:
            return receipt.platform_id or None
        try:
            platform_id = await self._post(post, receipt)
        except PlatformFailed as error:
            await self._receipts.settle(post.key, REFUSED)
            self._give_up(post, error)
            return None
        await self._receipts.settle(post.key, platform_id)
        return platform_id

    async def edit(self, platform_id: str, post: Post) -> bool:
        """Give the message this content; False where the platform will never do so."""
        try:
            await self._insist(lambda: self._outbox.platform.edit(platform_id, post))
        except PlatformFailed as error:
            self._give_up(post, error)
            return False
        return True

    async def try_edit(self, platform_id: str, post: Post) -> None:
        """Give the message this content if that works at once: a newer one will follow."""
        try:
            await self._call(lambda: self._outbox.platform.edit(platform_id, post))
        except PlatformFailed as error:
            self._pause(error, 1)

    async def landed(self, post: Post) -> str | None:
        """The id of a post that was begun earlier, if it is there."""
        receipt = await self._receipts.get(post.key)
        if receipt is None:
            return None
        if receipt.platform_id is not None:
            return receipt.platform_id or None
        try:
            found = await self._insist(lambda: self._outbox.platform.find(post))
        except PlatformFailed as error:
            self._give_up(post, error)
            return None
        if found:
            await self._receipts.settle(post.key, found)
        return found

    def delay(self) -> float:
        """Seconds until something that can wait may leave."""
        return max(self._not_before - self._clock.now(), self._outbox.pace.delay(self._room, spare=True))

    async def _post(self, post: Post, receipt: Receipt) -> str:
        """Post it, looking first wherever an earlier attempt may have landed. Raises `PlatformFailed` at the end."""
        in_doubt, trouble = not receipt.fresh, _Failures()
        while True:
            if in_doubt:
                found = await self._insist(lambda: self._outbox.platform.find(post))
                if found:
                    return found
            try:
                return await self._call(lambda: self._outbox.platform.post(post))
            except Held:
                if not in_doubt:
                    await self._receipts.release(post.key)
                raise
            except PlatformFailed as error:
                self._pause(error, trouble.after(error))
                in_doubt = error.unknown

    async def _insist(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Repeat what may be repeated until it works. Raises `PlatformFailed` when it never will."""
        trouble = _Failures()
        while True:
            try:
                return await self._call(call)
            except PlatformFailed as error:
                self._pause(error, trouble.after(error))

    async def _call(self, call: Callable[[], Awaitable[_T]]) -> _T:
        while (delay := max(self._not_before - self._clock.now(), self._outbox.pace.delay(self._room))) > 0:
            await self._clock.sleep(delay)
        if self._outbox.halted(self._room):
            raise Held
        self._outbox.pace.add(self._room)
        try:
            async with asyncio.timeout(self._outbox.timeout):
                return await call()
        except TimeoutError as error:
            raise PlatformFailed(
                f"The platform did not answer within {self._outbox.timeout:g} seconds; it is tried again.", unknown=True
            ) from error

    def _pause(self, error: PlatformFailed, attempt: int) -> None:
        """Nothing leaves by this lane for as long as the platform said, or a while that grows."""
        seconds = error.retry_after if error.retry_after is not None else min(2.0 ** min(attempt - 1, 6), LONGEST_PAUSE)
        self._not_before = self._clock.now() + seconds
        _log.info("post_paused", room=self._room, seconds=seconds, reason=str(error))

    def _give_up(self, post: Post, error: PlatformFailed) -> None:
        _log.warning("post_refused", room=self._room, key=post.key, reason=str(error))
        self._outbox.refused(post, error)


class _Failures:
    """The failures of one call, one after the other. An outage does not count against it."""

    def __init__(self) -> None:
        self._failures = self._own = 0

    def after(self, error: PlatformFailed) -> int:
        """How many there were with this one. Raises it where it is one too many, or repeating cannot help."""
        self._failures += error.retry_after is None
        self._own += error.retry_after is None and not error.outage
        if error.permanent or self._own >= MOST_ATTEMPTS:
            raise error
        return self._failures
