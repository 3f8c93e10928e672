"""Conversation programming: who is in a team, who speaks next, when to speak at all, and when to stop.

`team` puts a team together, and `binding` puts it into a room. `situation` is what a speaker policy sees and may
decide; `policies` and `model_choice` are the ready-made ones. `attention` says whether any agent should speak at all,
`termination` when the conversation ends, and `runaway` when agents go round in circles.
"""
