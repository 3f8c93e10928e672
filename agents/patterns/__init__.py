"""Compositions of agents and teams for what people build again and again; none has an engine of its own."""
