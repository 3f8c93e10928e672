"""What was said and done: the events of a room's log, and the transcript that they add up to.

Read in this order: `participants` and `files` (who and what), `events` (what can happen), `records` (an event as it is
logged, and its JSON), `transcript` and `turns` (the room as policies and agents see it), `fold` and `fold_turns` (how
each record changes that), `snapshots` (a transcript that is kept), `code_blocks` (the programs in what is said).
"""
