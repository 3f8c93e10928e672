"""What may be spent: the caps, the meter in front of every model call, and the question when a budget is used up."""
