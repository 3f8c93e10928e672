"""What one agent does with its turn.

`turn` is what an agent is given, `conversable` the chain of reply functions, `ready_made` the usual agents.
Their replies: `model_reply` (with `view`, what the model reads, and `tool_calls`, what becomes of its calls),
`code_reply` (with `approvals`), `human_input`.
"""
