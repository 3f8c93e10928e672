"""The same work done by other multi-agent frameworks, on this machine, in the same minutes.

``python -m benchmarks.peers`` installs each into an environment of its own under .build/peers (they are no dependency),
measures all of them and Tertulia in turn, several rounds, and prints one table of medians and ratios. What is measured
is told in `benchmarks.peers.works`. Each ``*_team.py`` is a program for its peer's environment.
"""
