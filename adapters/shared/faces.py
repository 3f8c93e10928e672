"""What a participant looks like where no platform draws it: an emoji, a picture's address, or initials on a colour."""

import hashlib
import re
from dataclasses import dataclass

from agents.log.participants import Profile

_EMOJI = {
    "compass": "🧭", "computer": "💻", "gear": "⚙️", "mag": "🔍", "robot_face": "🤖", "robot": "🤖", "brain": "🧠",
    "books": "📚", "bulb": "💡", "hammer": "🔨", "wrench": "🔧", "test_tube": "🧪", "microscope": "🔬", "scroll": "📜",
    "memo": "📝", "pencil": "✏️", "pencil2": "✏️", "art": "🎨", "chart_with_upwards_trend": "📈", "bar_chart": "📊",
    "shield": "🛡️", "lock": "🔒", "balance_scale": "⚖️", "scales": "⚖️", "judge": "🧑‍⚖️", "chess_pawn": "♟️",
    "crown": "👑", "rocket": "🚀", "star": "⭐", "sparkles": "✨", "fire": "🔥", "zap": "⚡", "eyes": "👀",
    "owl": "🦉", "fox_face": "🦊", "cat": "🐱", "dog": "🐶", "bear": "🐻", "penguin": "🐧", "bee": "🐝",
    "butterfly": "🦋", "turtle": "🐢", "octopus": "🐙", "whale": "🐳", "parrot": "🦜", "unicorn_face": "🦄",
    "artist": "🧑‍🎨", "scientist": "🧑‍🔬", "technologist": "🧑‍💻", "teacher": "🧑‍🏫", "detective": "🕵️",
    "student": "🧑‍🎓",
    "white_check_mark": "✅", "package": "📦", "globe_with_meridians": "🌐", "calendar": "📅", "speech_balloon": "💬",
    "moneybag": "💰", "coffee": "☕", "evergreen_tree": "🌲", "sunflower": "🌻", "snake": "🐍", "crab": "🦀",
}  # fmt: skip
"""The short codes that avatars use most; any other code falls back to initials."""

_CODE = re.compile(r":([\w+-]+):")
_WORDS = re.compile(r"[^\W_]+")
_PICTURE = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """``initials`` on ``hue`` (0 to 359 degrees) are always there; ``emoji`` and ``picture`` (an URL) may be empty."""

    initials: str
    hue: int
    emoji: str = ""
    picture: str = ""


def face(profile: Profile) -> Face:
    """The same face for the same profile, on every machine and after every restart (P43)."""
    avatar = profile.avatar.strip()
    code = _CODE.fullmatch(avatar)
    picture = avatar if _PICTURE.fullmatch(avatar) else ""
    emoji = _EMOJI.get(code[1], "") if code else avatar if _is_emoji(avatar) else ""
    return Face(initials=_initials(profile), hue=_hue(profile.id), emoji=emoji, picture=picture)


def _is_emoji(avatar: str) -> bool:
    return 0 < len(avatar) <= 8 and not avatar.isascii() and not any(char.isalnum() or char in "<>&" for char in avatar)


def _initials(profile: Profile) -> str:
    words = _WORDS.findall(profile.name) or _WORDS.findall(profile.handle) or ["?"]
    return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]).upper()


def _hue(participant: str) -> int:
    return int.from_bytes(hashlib.sha256(participant.encode()).digest()[:4], "big") % 360
