"""Random logs for property tests: any events, referring to anything."""

from hypothesis import strategies as st

from agents.log.events import (
    UNKNOWN,
    Answered,
    Asked,
    Closed,
    Deleted,
    Edited,
    Event,
    Halted,
    Joined,
    Left,
    Noted,
    Opened,
    Pending,
    Reset,
    Rested,
    Resumed,
    Said,
    Stopped,
    Summarised,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
    Usage,
)
from agents.log.files import FileRef
from agents.log.participants import SYSTEM, Mention
from agents.log.records import Record

AGENTS = ("agent:planner", "agent:coder", "agent:reviewer")
PEOPLE = ("person:web/ana", "person:web/bob")
ANYBODY = (*AGENTS, *PEOPLE, SYSTEM, "agent:ghost")

seqs = st.integers(0, 40)
anyone = st.sampled_from(ANYBODY)
texts = st.sampled_from(("", "hi", "@coder hi", "TERMINATE", "```python\nprint(1)\n```", "ü😀", "exit"))
usages = st.none() | st.builds(Usage, input_tokens=st.integers(0, 9), usd=st.none() | st.sampled_from((0.0, 0.25)))
mentions = st.lists(st.builds(Mention, participant=anyone, start=st.just(0), end=st.just(1)), max_size=2).map(tuple)
children = st.sampled_from(("web:lobby/1", "web:lobby/2"))
jsons = st.sampled_from((None, 1, "x", ["e2e4"], {"board": {"e4": "P"}, "moves": [1, None]}))
groups = st.lists(anyone, max_size=2).map(tuple)
files = st.lists(
    st.builds(FileRef, sha256=st.just("ab"), name=st.just("a.png"), media_type=st.just("image/png"), size=st.just(3)),
    max_size=1,
).map(tuple)
pendings = st.none() | st.builds(
    Pending, call=st.just("c1"), tool=st.just("t"), arguments=st.just("{}"), digest=st.just("")
)
call_ids = st.sampled_from(("c1", "c2"))

events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Joined, participant=anyone, name=st.sampled_from(("A", "B")), role=texts),
    st.builds(Left, participant=anyone),
    st.builds(
        Said,
        text=texts,
        mentions=mentions,
        audience=groups,
        reply_to=st.none() | seqs,
        files=files,
        handoff=st.none() | anyone,
        partial=st.booleans(),
    ),
    st.builds(Edited, target=seqs, text=texts, mentions=mentions),
    st.builds(Deleted, target=seqs),
    st.builds(TurnStarted, speaker=st.sampled_from(AGENTS), upto=seqs, rung=st.just("r"), choosing=usages),
    st.builds(
        TurnTaken,
        outcome=st.sampled_from(("said", "passed", "asked", "opened", "interrupted", "crashed", "failed")),
        usage=usages,
    ),
    st.builds(ToolCalled, call=call_ids, tool=st.just("t"), arguments=texts, approval=st.none() | seqs),
    st.builds(
        ToolReturned,
        call=call_ids,
        output=texts | st.just(UNKNOWN),
        exit_code=st.none() | st.integers(0, 3),
        files=files,
        failed=st.booleans(),
        unknown=st.booleans(),
    ),
    st.builds(
        Asked,
        text=texts,
        kind=st.sampled_from(("input", "approval", "speaker", "budget")),
        of=groups,
        options=st.just(("yes", "no")),
        deadline=st.none() | st.just(12.5),
        on_deadline=st.sampled_from(("skip", "auto_reply", "stop")),
        pending=pendings,
    ),
    st.builds(
        Answered,
        question=seqs,
        text=texts,
        option=st.none() | st.sampled_from(("yes", "no")),
        expired=st.booleans(),
        withdrawn=st.booleans(),
    ),
    st.builds(Noted, key=st.sampled_from(("a", "b")), value=jsons, sources=st.none() | st.lists(seqs).map(tuple)),
    st.builds(Opened, child=children, team=texts, background=st.lists(seqs, max_size=2).map(tuple)),
    st.builds(Closed, child=children, text=texts, turns=seqs),
    st.builds(Rested, upto=seqs, reason=texts, unanswered=st.booleans()),
    st.builds(Stopped, reason=texts, kind=st.sampled_from(("termination", "person", "error")), upto=st.none() | seqs),
    st.builds(Halted),
    st.builds(Resumed),
    st.builds(Reset),
    st.builds(Summarised, upto=seqs, text=texts),
)


@st.composite
def logs(draw: st.DrawFn, *, size: int = 40) -> tuple[Record, ...]:
    """A log without gaps, in which anything may follow anything; some records were erased."""
    wanted = draw(st.lists(st.tuples(st.none() | events, anyone, st.none() | seqs), max_size=size))
    return tuple(
        Record(room="web:lobby", seq=seq, at=1000.0 + seq / 4, by=by, event=event, turn=turn)
        for seq, (event, by, turn) in enumerate(wanted, 1)
    )
