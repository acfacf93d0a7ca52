"""Waiting for several events at once: for one of them, or for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from sipflow.base.errors import NodeFailed
from sipflow.scenario.graph import GraphNode


@dataclass(frozen=True, slots=True)
class Waited:
    """How one event ended."""

    node: GraphNode
    failure: NodeFailed | None
    undo: Callable[[], None]
    """Gives back what the event took, where another one has decided."""


Wait = Callable[[GraphNode], Coroutine[None, None, Waited]]
Supersede = Callable[[GraphNode], None]
"""Called for each event that is given up because another one has decided."""


async def wait_for_first(nodes: list[GraphNode], wait: Wait, supersede: Supersede) -> Waited:
    """The event that comes first, of several at one time the one that stands first; the last one where all fail.

    What the others took meanwhile goes back.
    """
    tasks = {asyncio.create_task(wait(node)): node for node in nodes}
    try:
        pending = set(tasks)
        while True:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            ended = [task.result() for task in tasks if task in done]
            succeeded = [one for one in ended if one.failure is None]
            for other in succeeded[1:]:
                other.undo()
            if succeeded or not pending:
                _supersede(tasks, supersede)
                return succeeded[0] if succeeded else ended[-1]
    finally:
        await _let_go(tasks)


async def wait_for_all(nodes: list[GraphNode], wait: Wait, supersede: Supersede) -> Waited:
    """The event that comes last, or the first one that fails."""
    tasks = {asyncio.create_task(wait(node)): node for node in nodes}
    try:
        pending = set(tasks)
        while True:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            ended = [task.result() for task in tasks if task in done]
            failed = [one for one in ended if one.failure is not None]
            if failed or not pending:
                _supersede(tasks, supersede)
                return (failed or ended)[-1]
    finally:
        await _let_go(tasks)


def _supersede(tasks: dict[asyncio.Task[Waited], GraphNode], supersede: Supersede) -> None:
    for task, node in tasks.items():
        if not task.done():
            supersede(node)


async def _let_go(tasks: dict[asyncio.Task[Waited], GraphNode]) -> None:
    left = [task for task in tasks if not task.done()]
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)
