"""The engine: one scenario at a time, from the document to real calls and back to nothing."""

from sipflow.engine.engine import Engine

__all__ = ["Engine"]
