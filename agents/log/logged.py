"""What the values of a room's log are made of."""

from msgspec import Struct


class Logged(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A frozen value, equal by content, whose JSON leaves out what equals its default and takes no unknown field.

    The garbage collector does not track it (``gc=False``): a frozen value holds only values that were there before it,
    so it can be part of no cycle.
    """
