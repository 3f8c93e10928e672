"""What the values of a room's log are made of."""

from msgspec import Struct


class Logged(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A frozen value, equal by content, whose JSON leaves out what equals its default and takes no unknown field.

    The garbage collector need not look at it: what is made of finished values alone is part of no cycle.
    """
