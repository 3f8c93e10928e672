"""What one agent does with its turn.

`turn` is what an agent is given and what it may give back. `conversable` is the usual agent, a chain of reply
functions, and `ready_made` builds the common ones. Each kind of reply has a module: `model_reply` (with `view`, what
the model reads, and `tool_calls`, how its calls are carried out), `code_reply` (with `approvals`, what people must
allow first) and `human_input` (asking people before replying).
"""
