"""Who should hear whom, as a scenario writes it: `alice <-> bob, carol <- alice`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sipflow.base.sayings import Saying

_ARROWS: Final = re.compile(r"\s*(<->|<-|->)\s*")

Pairs = frozenset[tuple[str, str]]
"""Listener and speaker, by the ids of their instances."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was read."""

    pairs: Pairs = frozenset()
    fault: Saying | None = None
    """What is wrong with the first part that can't be read."""


def read_pairs(text: str, dns: Mapping[str, str], labels: Mapping[str, str]) -> Wanted:
    """Who hears whom. Instances go by number (`dns` has their ids), by id, or by label (`labels`, by id)."""
    ids = {labels.get(instance_id, instance_id): instance_id for instance_id in dns.values()}
    ids.update((instance_id, instance_id) for instance_id in dns.values())
    ids.update(dns)
    pairs: set[tuple[str, str]] = set()
    for part in filter(None, map(str.strip, text.split(","))):
        words = _ARROWS.split(part)
        if len(words) != 3 or not words[0] or not words[2]:
            return Wanted(fault=Saying.of("who-hears-malformed", part=part))
        one, arrow, other = words
        for name in (one, other):
            if name not in ids:
                known = ", ".join(_called(dn, labels.get(instance_id, dn)) for dn, instance_id in dns.items())
                return Wanted(fault=Saying.of("who-hears-unknown", name=name, known=known))
        if ids[one] == ids[other]:
            return Wanted(fault=Saying.of("who-hears-itself", name=one))
        if "<" in arrow:
            pairs.add((ids[one], ids[other]))
        if ">" in arrow:
            pairs.add((ids[other], ids[one]))
    return Wanted(frozenset(pairs))


def _called(dn: str, label: str) -> str:
    return dn if label == dn else f"{label} ({dn})"
