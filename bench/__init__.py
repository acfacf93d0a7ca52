"""Measurements against real peers: `python -m bench`. Results and what they mean: docs/performance.md.

Linux only: memory is read from /proc, CPU time from the clock of a process, and processes are kept on one core each.
"""
