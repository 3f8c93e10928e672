"""Graphs that are walked: branches, joins and loops."""

from typing import Unpack

from tests.conformance.case import Case, Doings, Edge, Flow, talker, turns
from tests.conformance.cases.reasons import NO_FLOW

A, B, C, D = talker("a"), talker("b"), talker("c"), talker("d")
CANNOT = {"0.2.40": NO_FLOW}
AT_ONCE = {**CANNOT, "ours": "A graph has no branches that run at once yet."}


def edges(*pairs: str) -> tuple[Edge, ...]:
    """``ab`` is from a to b, ``ab YES`` where a said YES."""
    return tuple(Edge(source=one[0], target=one[1], when=one[3:] or None) for one in pairs)


def flow(name: str, about: str, *pairs: str, any_of: tuple[str, ...] = (), **more: Unpack[Doings]) -> Case:
    """Four agents along these edges."""
    walked = Flow(edges=edges(*pairs), any_of=any_of)
    case: Doings = {"agents": (A, B, C, D), "reads": ("d",), "speakers": walked, "cannot": CANNOT, **more}
    return Case(name=name, about=about, **case)


CASES = (
    flow("flow-chain", "One after the other, then the end.", "ab", "bc", "cd"),
    flow(
        "flow-diamond",
        "Two at once between the first and the last, who reads both.",
        "ab",
        "ac",
        "bd",
        "cd",
        cannot=AT_ONCE,
    ),
    flow(
        "flow-any",
        "The last one begins with whichever is done first.",
        "ab",
        "ac",
        "bd",
        "cd",
        any_of=("d",),
        cannot=AT_ONCE,
    ),
    flow(
        "flow-condition",
        "Only the branch whose word was said.",
        "ab YES",
        "ac NO",
        agents=(talker("a", "NO"), B, C),
        reads=("c",),
    ),
    flow(
        "flow-loop",
        "Back until the word is said.",
        "ab",
        "bc OK",
        "ba NO",
        agents=(A, talker("b", "NO", "OK"), C),
        reads=("c",),
        any_of=("a",),
        ends=turns(9),
    ),
    flow(
        "flow-again", "A second task walks the graph again.", "ab", agents=(A, B), reads=("b",), tasks=("task", "again")
    ),
    flow("flow-limit", "A limit ends it on the way.", "ab", "bc", "cd", ends=turns(2)),
)
