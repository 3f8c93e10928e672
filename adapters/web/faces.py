"""How participants look in a page."""

import re
import unicodedata
from collections.abc import Iterable

from agents.log.participants import Profile, is_agent

_CODE = re.compile(r":([a-z0-9_+-]+):")
_ALIASES = {
    "art": "ARTIST PALETTE", "balance_scale": "SCALES", "bar_chart": "BAR CHART", "book": "OPEN BOOK",
    "books": "BOOKS", "broom": "BROOM", "bug": "BUG", "bulb": "ELECTRIC LIGHT BULB", "detective": "SLEUTH OR SPY",
    "check": "HEAVY CHECK MARK", "chess_pawn": "BLACK CHESS PAWN", "computer": "PERSONAL COMPUTER",
    "female-detective": "SLEUTH OR SPY", "fire": "FIRE", "floppy_disk": "FLOPPY DISK", "fox_face": "FOX FACE",
    "mag": "LEFT-POINTING MAGNIFYING GLASS", "mag_right": "RIGHT-POINTING MAGNIFYING GLASS", "mortar_board":
    "GRADUATION CAP", "pencil": "MEMO", "pencil2": "PENCIL", "robot": "ROBOT FACE", "robot_face": "ROBOT FACE",
    "scales": "SCALES", "star": "WHITE MEDIUM STAR", "triangular_ruler": "TRIANGULAR RULER", "zap":
    "HIGH VOLTAGE SIGN", "white_check_mark": "WHITE HEAVY CHECK MARK", "writing_hand": "WRITING HAND",
}  # fmt: skip


def emoji(avatar: str) -> str:
    """The emoji that an avatar is, given as a code (``:compass:``) or as itself; empty where it is something else."""
    code = _CODE.fullmatch(avatar)
    if code:
        name = code[1].replace("-", "_")
        try:
            return unicodedata.lookup(_ALIASES.get(name, name.replace("_", " ").upper()))
        except KeyError:
            return ""
    short = 0 < len(avatar) <= 8 and not any(character.isascii() for character in avatar)
    return avatar if short and any(unicodedata.category(character) == "So" for character in avatar) else ""


def image(avatar: str) -> str:
    """The address of an avatar's picture; empty where it has none that a page may load."""
    plain = avatar.startswith("https://") and avatar.isascii() and avatar.isprintable()
    return avatar if plain and not set(avatar) & set(" ;,'\"") else ""


def face(profile: Profile, *, present: bool = True) -> dict[str, object]:
    """What a page draws."""
    return {
        "id": profile.id,
        "name": profile.name,
        "handle": profile.handle,
        "role": profile.role,
        "agent": is_agent(profile.id),
        "emoji": emoji(profile.avatar),
        "image": image(profile.avatar),
        "present": present,
    }


def image_sources(profiles: Iterable[Profile]) -> str:
    """The pictures of these profiles as sources for a content security policy: nothing else from outside is loaded."""
    return " ".join(dict.fromkeys(found for profile in profiles if (found := image(profile.avatar).partition("?")[0])))
