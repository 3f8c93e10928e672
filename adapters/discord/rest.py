"""Requests to Discord, one at a time and never repeated: whoever posts decides what a failure means.

discord.py sleeps through rate limits while it holds a channel and repeats what may have landed; for posts that must
happen once, in order, that is the wrong half of the work, so they are sent here.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, TypeAlias

import aiohttp
from discord.http import Route

from adapters.discord.refusals import TOO_MANY_EDITS, Refused, sentence
from agents.errors import PlatformFailed
from agents.log.files import NamedFile
from agents.ports import Clock

Json: TypeAlias = Any
"""What Discord answers: the one place where its shapes are read."""

MOST_INVALID = 1000
INVALID_SECONDS = 600.0
"""Discord bans an address for an hour after 10,000 refusals in ten minutes; we stop long before."""

LONGEST_WAIT = 5.0
"""Seconds that a request waits for its own rate limit; a longer wait is told to whoever asked."""

_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.InvalidURL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. ``path`` follows the API's address; ``token`` is a bot's, None where the path holds the secret.

    ``who``, ``where`` and ``wants`` (a permission) are for the sentence about a refusal. ``patient`` requests wait a
    little for a rate limit; what will be stale by then is rather made anew.
    """

    method: str
    path: str
    token: str | None = field(default=None, repr=False)
    body: Mapping[str, Json] | None = None
    files: Sequence[NamedFile] = ()
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    patient: bool = True
    who: str = "The bot"
    where: str = "this channel"
    wants: str = "Send Messages"


class Rest:
    """Discord's HTTP interface. Raises `Refused`, and `PlatformFailed` where the outcome is unknown."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock):
        self._session, self._clock = session, clock
        self._agent = f"DiscordBot (https://github.com/Rapptz/discord.py, {version('discord.py')}) Tertulia"
        self._invalid: deque[float] = deque(maxlen=MOST_INVALID)
        self._free_at: dict[tuple[str, str, str | None], float] = {}
        self._all_free_at: dict[str | None, float] = {}

    async def send(self, request: Request) -> Json:
        """The decoded answer, None for an empty one."""
        await self._wait_for_limits(request)
        try:
            async with self._session.request(
                request.method,
                f"{Route.BASE}{request.path}",
                params=request.query,
                data=_encoded(request),
                headers=self._headers(request),
                allow_redirects=False,
            ) as response:
                text = await response.text(encoding="utf-8", errors="replace")
                self._note_limits(request, response.headers)
                answer = _decoded(text)
                if response.ok and text and answer is None:
                    raise PlatformFailed(
                        "Something on the way answered instead of Discord; it is not known what happened.", unknown=True
                    )
                return self._answer(request, response.status, response.headers, answer)
        except _NEVER_LEFT as error:
            raise PlatformFailed(f"Discord cannot be reached ({error}); it is tried again.") from error
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            raise PlatformFailed(
                f"The connection to Discord broke ({type(error).__name__}); it is not known what happened.",
                unknown=True,
            ) from error

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"User-Agent": self._agent}
        if request.token is not None:
            headers["Authorization"] = f"Bot {request.token}"
        if request.body is not None and not request.files:
            headers["Content-Type"] = "application/json"
        return headers

    def _answer(self, request: Request, status: int, headers: Mapping[str, str], answer: Json) -> Json:
        if status < 300:
            return answer
        told = _told(answer)
        if status >= 500:
            raise PlatformFailed(f"Discord failed with status {status}; it is not known what happened.", unknown=True)
        if status in (401, 403, 429):
            self._invalid.append(self._clock.now())
        code = int(_number(told.get("code"))) or status
        if status == 429 and code != TOO_MANY_EDITS:
            raise self._slowed_down(request, headers, told)
        said = str(told.get("message") or "")
        if told.get("errors"):
            said = f"{said}: {json.dumps(told['errors'])[:200]}"
        raise Refused(
            sentence(code, status=status, who=request.who, where=request.where, wants=request.wants, said=said),
            code=code,
            status=status,
        )

    def _slowed_down(self, request: Request, headers: Mapping[str, str], told: Mapping[str, Json]) -> PlatformFailed:
        seconds = _number(told.get("retry_after")) or _number(headers.get("Retry-After")) or 60.0
        if told.get("global"):
            self._all_free_at[request.token] = self._clock.now() + seconds
        return Refused(
            f"Discord asks to wait {seconds:g} seconds before the next message in {request.where}.",
            code=429,
            status=429,
            retry_after=seconds,
        )

    async def _wait_for_limits(self, request: Request) -> None:
        now = self._clock.now()
        if len(self._invalid) == MOST_INVALID and now - self._invalid[0] < INVALID_SECONDS:
            seconds = self._invalid[0] + INVALID_SECONDS - now
            raise PlatformFailed(
                f"Discord refused {MOST_INVALID} requests within ten minutes; nothing is sent for {seconds:.0f} s.",
                retry_after=seconds,
            )
        free_at = max(self._all_free_at.get(request.token, 0.0), self._free_at.get(_bucket(request), 0.0))
        if free_at - now > (LONGEST_WAIT if request.patient else 0.0):
            raise PlatformFailed("Discord's rate limit is used up; it is tried again later.", retry_after=free_at - now)
        if free_at > now:
            await self._clock.sleep(free_at - now)

    def _note_limits(self, request: Request, headers: Mapping[str, str]) -> None:
        bucket = _bucket(request)
        if headers.get("X-RateLimit-Remaining") == "0" and "X-RateLimit-Reset-After" in headers:
            now = self._clock.now()
            self._free_at = {one: at for one, at in self._free_at.items() if at > now}
            self._free_at[bucket] = now + float(headers["X-RateLimit-Reset-After"])
        else:
            self._free_at.pop(bucket, None)


def _bucket(request: Request) -> tuple[str, str, str | None]:
    """Limits hold for a method on a channel or webhook, by each bot; a message's own id is no part of it."""
    parts = request.path.split("/")
    kept = [part for at, part in enumerate(parts) if not (at > 3 and part.isdecimal())]
    return request.method, "/".join(kept), request.token


def _told(answer: Json) -> Mapping[str, Json]:
    """What Discord says about a refusal; nothing where somebody in between refused."""
    return answer if isinstance(answer, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _number(value: Json) -> float:
    """What it says as a number; 0 for what somebody in between wrote."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _encoded(request: Request) -> aiohttp.FormData | bytes | None:
    if request.body is None:
        return None
    content = json.dumps(request.body, ensure_ascii=False).encode("utf-8", "replace")
    if not request.files:
        return content
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", content.decode())
    for number, file in enumerate(request.files):
        form.add_field(f"files[{number}]", file.content, filename=file.name, content_type=file.media_type)
    return form


def _decoded(text: str) -> Json:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
