"""Ready-made teams, one module each: ``team`` is what it offers."""
