"""What people do to a room: `door` is the one way in, `permissions` who may, `commands` what can be ordered.

`command_actions` carries orders out.
"""
