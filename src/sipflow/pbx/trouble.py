"""Faults that are played on purpose: requests that are refused, delayed or dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sipflow.base.pbx_choices import Effect, FaultRule


class Trouble:
    """Counts requests against the rules, and says which rule a request falls under."""

    def __init__(self, rules: Iterable[FaultRule], chance: Callable[[int], int]) -> None:
        """`chance` gives a random number below its argument."""
        self._rules = tuple(rules)
        self._counts = [0] * len(self._rules)
        self._chance = chance

    def drops(self, method: str) -> bool:
        """Whether a request that has just come is to be lost. Asked of every one, repetitions included."""
        return self._find(method, frozenset({Effect.DROP})) is not None

    def met_by(self, method: str) -> FaultRule | None:
        """The rule by which a new request is refused or delayed, if any. Asked once for each."""
        return self._find(method, frozenset({Effect.REFUSE, Effect.DELAY}))

    def _find(self, method: str, effects: frozenset[Effect]) -> FaultRule | None:
        """The first rule that fits; every rule for the method counts the request, whichever one it falls under."""
        found: FaultRule | None = None
        for index, rule in enumerate(self._rules):
            if rule.effect in effects and rule.method in ("", method):
                self._counts[index] += 1
                if found is None and rule.which.has(self._counts[index], self._chance):
                    found = rule
        return found
