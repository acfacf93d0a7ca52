"""Measurements against real peers: `python -m bench`. Results and what they mean: docs/performance.md.

Linux only: CPU time and memory are read from /proc, and processes are kept on one core each.
"""
