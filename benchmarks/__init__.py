"""What Tertulia costs: small runnable measurements with one table. They are not tests; see docs/performance.md.

Every module here that has a function ``measure(size)`` is a benchmark; `benchmarks.running` lists them.
"""
