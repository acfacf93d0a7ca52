"""In which order the steps of a chain may run, and what is so by then."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sipflow.scenario.wiring import Wiring

Effect = Callable[[str, int], tuple[int, int]]
"""What is so after a step, as bits: after its success and after its failure; given its id and what was so before."""


def in_running_order(wiring: Wiring, start: str) -> list[str]:
    """The steps that can be reached, each after all that may run before it but for the way back of a loop."""
    order: list[str] = []
    seen = {start}
    path = [(start, wiring.steps[start].next_ids)]
    while path:
        step_id, following = path[-1]
        next_id = next(following, None)
        if next_id is None:
            order.append(step_id)
            path.pop()
        elif next_id not in seen:
            seen.add(next_id)
            path.append((next_id, wiring.steps[next_id].next_ids))
    return order[::-1]


def spread(wiring: Wiring, order: list[str], before: int, effect: Effect) -> dict[str, int]:
    """What may be so before each step, when `before` is so at the first. Only grows, so that loops come to rest."""
    happened = dict.fromkeys(order, 0)
    happened[order[0]] = before
    place = {step_id: index for index, step_id in enumerate(order)}
    is_settled = False
    while not is_settled:
        is_settled = True
        for step_id in order:
            step = wiring.steps[step_id]
            after = effect(step_id, happened[step_id])
            for next_id, marks in zip((step.success, step.failure), after, strict=True):
                if next_id is not None and marks | happened[next_id] != happened[next_id]:
                    happened[next_id] |= marks
                    is_settled = is_settled and place[next_id] > place[step_id]
    return happened


def reachable(wiring: Wiring, starts: Iterable[str | None], *, without: str) -> set[str]:
    """The steps that can be reached from these, themselves included, on ways that do not pass `without`."""
    seen: set[str] = set()
    waiting = [start for start in starts if start is not None]
    while waiting:
        step_id = waiting.pop()
        if step_id != without and step_id not in seen:
            seen.add(step_id)
            waiting += wiring.steps[step_id].next_ids
    return seen
