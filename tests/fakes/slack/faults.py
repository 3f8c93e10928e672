"""Trouble on demand: what goes wrong with the next requests, by method ("chat.postMessage", "chat.*", "*")."""

from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from aiohttp import web

from tests.fakes.slack.world import Payload


@dataclass(slots=True, eq=False)
class Fault:
    """One kind of trouble. ``kind``: lose_request, lose_answer, rate_limit, refuse, fail_200, server_error, delay,
    slow_answer."""

    kind: str
    method: str
    times: int
    error: str = ""
    seconds: float = 0.0
    status: int = 0
    accepted: bool = False
    fields: Payload = field(default_factory=dict[str, object])


class Faults:
    """Planned trouble; each kind strikes ``times`` matching requests and is gone. ``struck`` counts what happened."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self.struck: list[Fault] = []

    def lose_request(self, method: str = "*", *, times: int = 1) -> None:
        """The connection breaks before Slack did anything."""
        self.planned.append(Fault("lose_request", method, times))

    def lose_answer(self, method: str = "*", *, times: int = 1) -> None:
        """Slack does it, and the connection breaks before the answer."""
        self.planned.append(Fault("lose_answer", method, times))

    def slow_down(self, method: str = "*", seconds: float = 1, *, times: int = 1) -> None:
        """HTTP 429 ``ratelimited`` with ``Retry-After`` of that many seconds."""
        self.planned.append(Fault("rate_limit", method, times, seconds=seconds))

    def refuse(self, method: str = "*", error: str = "restricted_action", *, times: int = 1, **fields: object) -> None:
        """An ordinary refusal with Slack's error name and further fields (``needed=`` ...)."""
        self.planned.append(Fault("refuse", method, times, error=error, fields=fields))

    def fail_200(self, method: str = "*", error: str = "ratelimited", *, times: int = 1) -> None:
        """HTTP 200 with ``ok: false``, also for errors that usually have a status of their own; no ``Retry-After``."""
        self.planned.append(Fault("fail_200", method, times, error=error))

    def server_error(self, method: str = "*", *, status: int = 503, accepted: bool = False, times: int = 1) -> None:
        """Slack is ill: a status of 500 or more and a body that is not JSON; ``accepted``, it was done all the same."""
        self.planned.append(Fault("server_error", method, times, status=status, accepted=accepted))

    def delay(self, method: str = "*", seconds: float = 1.0, *, times: int = 1) -> None:
        """Slack begins after that long (on its clock)."""
        self.planned.append(Fault("delay", method, times, seconds=seconds))

    def slow_answer(self, method: str = "*", seconds: float = 1.0, *, times: int = 1) -> None:
        """Slack does it at once and answers after that long (on its clock)."""
        self.planned.append(Fault("slow_answer", method, times, seconds=seconds))

    def clear(self) -> None:
        """What is planned does not happen."""
        self.planned.clear()

    def hits(self) -> Counter[str]:
        """How many requests each kind of trouble has hit; what had been done all the same is told apart."""
        return Counter(f"{one.kind} after acceptance" if one.accepted else one.kind for one in self.struck)

    def strike(self, method: str) -> Fault | None:
        """The first planned trouble for this method, used up by one."""
        for fault in self.planned:
            if fnmatchcase(method, fault.method):
                fault.times -= 1
                if fault.times <= 0:
                    self.planned.remove(fault)
                self.struck.append(fault)
                return fault
        return None


def hang_up(request: web.Request) -> web.Response:
    """Break the connection; the response that aiohttp wants goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
