"""The collector's thresholds."""

from __future__ import annotations

import gc

from sipflow.base.garbage import NEW_OBJECTS, collect_seldom


def test_collector_waits_for_many_objects_and_stays_on() -> None:
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold()[0] == NEW_OBJECTS
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
