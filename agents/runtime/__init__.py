"""Running rooms: `wakeups` says which, `rooms` opens them, `conversation` takes the steps, `moderator` gives the floor.

`room` is one open room: its transcript, kept up to date with the log.
"""
