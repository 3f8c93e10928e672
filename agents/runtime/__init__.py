"""Running rooms.

`wakeups` says which rooms run, `rooms` opens them, `conversation` takes a room's steps (with `answers`, what its
questions call for), `moderator` gives one agent the floor, and `room` keeps the transcript up to date with the log.

One whole turn, with the functions to read in order:

 1. A surface (web room, terminal, chat platform) calls `Door.enter(room, ana, Said(text="@coder hi"), source="web:1")`.
 2. `Door.enter` asks `authorise`, finds whom the text addresses (`mentions_in`), and appends the message with
    `Log.append`: now it is durable, and the same source a second time changes nothing. Then it calls `Wakeups.wake`.
 3. `InProcessWakeups.serve` gives each woken room a task, and never runs one room twice at once: `Rooms.run`.
 4. `Rooms.run` takes the `Room`, from memory or from its snapshot and the log after it (`open_room`), and the room's
    `Binding`: its team. While `Conversation.run` goes on, `_listen` reads what else comes into the log.
 5. `Conversation.run` closes a turn that a crash left open (`mend`), lets the team's agents join (`_seat`), and then
    takes one `_step` after the other, until a step finds nothing to do.
 6. `_step` looks at questions whose time is up (`overdue`), at whoever gets the floor back with an answer
    (`back_to`), at termination and runaways (`_ending`), and at whether any agent should speak (`wants_floor`).
 7. `_decide` shows the team's policy a `Situation`. `Policy.choose` answers with a `Choice`: the coder, because Ana
    addressed it. (A `Stop` or an `Asked` would be appended to the log instead; None or a `Wait` lets the room sleep.)
 8. `Moderator.give` opens an empty draft, by which all surfaces see who has the floor, and calls `agent.act(turn)`.
 9. The agent is a `Conversable`: its reply function, here that of `reply_with_model`, reads `Turn.prompt` and calls
    `Meter.ask`, which sets the budget aside and calls `Model.stream`. Growing text is shown with `Turn.show`.
10. The agent yields `Said`. `_Pen.write` holds it, and `_Pen.finish` appends the whole turn at once: `TurnStarted`,
    `Said`, `TurnTaken`. (With tools there are more appends: a call is in the log before it is carried out.)
11. `Room.append_entries` folds the new records into the next `Transcript` (`agents.log.fold.fold`). The append has
    told every `Log.watch`: the web room and the terminal show the records, and a chat platform's lane posts them.
12. The next `_step` finds that nobody wants the floor, and `Rooms.run` returns `Slept`. `Schedule.settle` keeps how far
    the room has come; until the next wake it holds no task.
"""
