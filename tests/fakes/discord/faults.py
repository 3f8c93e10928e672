"""What goes wrong on the way, as a test orders it."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from tests.fakes.discord.calls import Request

_Kind = Literal["lose_answer", "lose_request", "slow_down", "server_error", "refuse", "too_many"]


@dataclass(slots=True, kw_only=True, eq=False)
class Fault:
    """``route`` may hold ``*``; ``scope`` is a part of the path, such as a channel's id. ``times`` None is for ever."""

    kind: _Kind
    route: str
    scope: str = ""
    times: int | None = 1
    seconds: float = 0.0
    status: int = 0
    code: int = 0
    accepted: bool = False
    everywhere: bool = False
    via: bool = True
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    struck: int = 0

    def stop(self) -> None:
        """Do it no more, and let go what it holds."""
        self.times = 0
        self.gate.set()


class Faults:
    """Each method orders one kind of trouble for requests to a route, ``times`` often, and returns it."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def lose_answer(self, route: str, *, times: int | None = 1, scope: str = "") -> Fault:
        """Do what is asked, then drop the connection instead of answering."""
        return self._order(Fault(kind="lose_answer", route=route, times=times, scope=scope))

    def lose_request(self, route: str, *, times: int | None = 1, scope: str = "") -> Fault:
        """Drop the connection and do nothing."""
        return self._order(Fault(kind="lose_request", route=route, times=times, scope=scope))

    def slow_down(self, route: str, seconds: float | None = None, *, times: int | None = 1, scope: str = "") -> Fault:
        """Wait that many real seconds before doing anything; None waits until the fault is stopped."""
        wait = float("inf") if seconds is None else seconds
        return self._order(Fault(kind="slow_down", route=route, seconds=wait, times=times, scope=scope))

    def server_error(
        self, route: str, status: int = 502, *, accepted: bool = False, times: int | None = 1, scope: str = ""
    ) -> Fault:
        """Answer with this status; ``accepted``, what was asked has been done all the same."""
        fault = Fault(kind="server_error", route=route, status=status, accepted=accepted, times=times, scope=scope)
        return self._order(fault)

    def refuse(self, route: str, status: int, code: int, *, times: int | None = 1, scope: str = "") -> Fault:
        """Turn the request down as Discord does, with its code."""
        return self._order(Fault(kind="refuse", route=route, status=status, code=code, times=times, scope=scope))

    def too_many(
        self,
        route: str,
        retry_after: float,
        *,
        everywhere: bool = False,
        via: bool = True,
        times: int | None = 1,
        scope: str = "",
    ) -> Fault:
        """Answer 429; ``everywhere`` is the limit over all routes; without ``via`` it looks like Cloudflare's ban."""
        fault = Fault(
            kind="too_many",
            route=route,
            seconds=retry_after,
            everywhere=everywhere,
            via=via,
            times=times,
            scope=scope,
        )
        return self._order(fault)

    def _order(self, fault: Fault) -> Fault:
        self._ordered.append(fault)
        return fault

    def clear(self) -> None:
        """What is ordered does not happen any more."""
        for fault in self._ordered:
            fault.times = 0

    def waiting(self) -> int:
        """How many kinds of trouble have yet to strike."""
        return sum(fault.times != 0 for fault in self._ordered)

    def hits(self) -> Counter[str]:
        """How many requests each kind of trouble has hit; what had been done all the same is told apart."""
        hits: Counter[str] = Counter()
        for fault in self._ordered:
            hits[f"{fault.kind} after acceptance" if fault.accepted else fault.kind] += fault.struck
        return +hits

    def strikes(self, request: Request) -> list[Fault]:
        """The faults that hit this request: all that slow it down, and the first of the others."""
        slow: list[Fault] = []
        other: list[Fault] = []
        for fault in self._ordered:
            if fault.times == 0 or fault.scope not in request.path or not fnmatchcase(request.route, fault.route):
                continue
            if fault.kind == "slow_down":
                slow.append(fault)
            elif not other:
                other.append(fault)
        for fault in slow + other:
            fault.struck += 1
            fault.times = None if fault.times is None else fault.times - 1
        return slow + other

    def stop(self) -> None:
        for fault in self._ordered:
            fault.stop()
