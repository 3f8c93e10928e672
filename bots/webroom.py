"""Serving the web room of a house: what it is given, and the card about its sandbox."""

import os
import sys
from collections.abc import Callable, Sequence

from adapters.web import Notices, WebHouse, serve, web_app
from agents.log.participants import Profile
from bots.bindings import HERE
from bots.surfaces import faces
from bots.wiring import House

LOBBY = "web:lobby"


def rooms_of(house: House) -> Sequence[str]:
    """The rooms that the page offers: those that the config names, or the lobby."""
    named = (str(one) for channel in house.loaded.config.channels for one in channel.match)
    return [room for room in dict.fromkeys(named) if room.startswith("web:") and "*" not in room] or [LOBBY]


async def serve_web(house: House, notices: Notices, ready: Callable[[str], None]) -> None:
    """Serve the page until cancelled; ``ready`` gets its address. Raises `WrongUse` where it may not, or cannot."""
    web = house.loaded.config.web
    token = None if web.token is None else house.loaded.reveal(web.token, "[web] token", os.environ)

    def faces_of(room: str) -> Sequence[Profile]:
        return faces(house, room)

    surroundings = WebHouse(
        door=house.door,
        store=house.ports.store,
        faces=faces_of,
        rooms=lambda: rooms_of(house),
        notices=notices,
        groups=(HERE,),
        samples=house.samples,
    )
    await serve(web_app(surroundings, access_token=token), host=web.host, port=web.port, ready=ready)


class SandboxCard:
    """Tells people on the page, and on standard error, how the sandbox comes along."""

    def __init__(self, notices: Notices):
        self._notices = notices
        self._said = ""

    def show(self, step: str, done: float) -> None:
        """One step of the preparation; the card goes when all is well."""
        if step != self._said:
            sys.stderr.write(f"{step}\n")
        self._said = step
        if "not run" in step:
            self._notices.put("sandbox", step, level="warning")
        elif done >= 1.0 and "image" in step:
            self._notices.remove("sandbox")
        else:
            self._notices.put("sandbox", step, progress=done, level="working")


def forwarding_hint(address: str, environment: dict[str, str]) -> str:
    """Over SSH: what to type at the other end to see the page; empty elsewhere."""
    if "SSH_CONNECTION" not in environment:
        return ""
    port = address.rsplit(":", 1)[-1].strip("/").split("/")[0]
    return f"You are here over SSH; on your own machine run: ssh -N -L {port}:127.0.0.1:{port} YOU@THIS-MACHINE"
