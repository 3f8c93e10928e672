"""What may be spent: `limits` has the caps, `meter` stands before every call of a model and counts what it costs, and
`questions` asks people what to do when a budget is used up.
"""
