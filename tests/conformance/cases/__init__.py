"""All cases, by the behaviour that they are about."""

from collections.abc import Mapping

from tests.conformance.case import Case
from tests.conformance.cases import (
    auto_reply_counters,
    code_blocks,
    custom_selector,
    diamond,
    handoffs,
    human_modes,
    mention_parsing,
    reply_order,
    results,
    round_robin,
    run_again,
    selector_retries,
    state,
    termination_algebra,
    termination_predicate,
    transitions,
)

BEHAVIOURS: Mapping[str, tuple[Case, ...]] = {
    "round robin": round_robin.CASES,
    "run again": run_again.CASES,
    "termination predicate": termination_predicate.CASES,
    "human modes": human_modes.CASES,
    "auto-reply counters": auto_reply_counters.CASES,
    "reply order": reply_order.CASES,
    "mention parsing": mention_parsing.CASES,
    "selector retries": selector_retries.CASES,
    "transitions": transitions.CASES,
    "custom selector": custom_selector.CASES,
    "handoffs": handoffs.CASES,
    "code blocks": code_blocks.CASES,
    "results": results.CASES,
    "termination algebra": termination_algebra.CASES,
    "state": state.CASES,
    "diamond": diamond.CASES,
}

CASES = tuple(case for cases in BEHAVIOURS.values() for case in cases)
