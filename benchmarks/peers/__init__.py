"""The same work done by other multi-agent frameworks, on this machine, in the same minutes.

``python -m benchmarks.peers`` installs them into an environment of their own under .build/ (they are no dependency),
measures them and Tertulia one after the other, and prints the ratios. Each ``*_team.py`` is a program for that
environment: it prints one JSON object, CPU milliseconds per turn by name of the work.
"""
