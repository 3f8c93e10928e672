"""What was said and done: the events of a room's log, and the transcript that is their fold.

Read in this order: `participants` and `files` (who and what), `events` (what can happen), `records` (an event as it is
logged, and its JSON), `transcript` (the room as everybody sees it), `fold` (from the one to the other), `snapshots`
(a fold that is kept), `code_blocks` (the programs in what is said).
"""
