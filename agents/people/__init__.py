"""What people do to a room.

`door` is the one way in for everything that people do on any platform. `permissions` says who may do what, `commands`
is the grammar of commands, and `command_actions` carries them out.
"""
