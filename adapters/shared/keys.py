"""The order of posts, as their keys tell it."""


def is_earlier(key: str, than: str) -> bool:
    """Whether the post ``key`` left before ``than`` could: it is a message of an earlier record of the same room.

    Each room's posts leave one after the other, but for drafts, which may appear long after the record in their key.
    """
    room, _, what = key.rpartition("#")
    other_room, _, other = than.rpartition("#")
    seq, _, part = what.partition("/")
    return room == other_room and part.isdecimal() and int(seq) < int(other.partition("/")[0])
