"""What a participant looks like where no platform draws it: a colour, and the address of a picture if there is one."""

import hashlib
import re

from agents.log.participants import ParticipantId

_PICTURE = re.compile(r"https?://\S+")


def hue(participant: ParticipantId) -> int:
    """The participant's colour in degrees (0 to 359), the same on every machine and after every restart."""
    return int.from_bytes(hashlib.sha256(participant.encode()).digest()[:4], "big") % 360


def picture(avatar: str) -> str:
    """The address of the picture that an avatar is; empty for any other avatar."""
    address = avatar.strip()
    return address if _PICTURE.fullmatch(address) else ""
