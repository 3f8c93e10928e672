"""Conversation programming: who is in a team, who speaks next, when to speak at all, and when to stop.

`team` is the whole; `policies` and `model_choice` choose the speaker, `attention` says whether anybody should speak,
`termination` and `runaway` when it ends.
"""
