"""Which messages, as such, the steps of a scenario wait for: the user agents need to know before they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sipflow.scenario.fields import CallParams, Kind, Params
from sipflow.scenario.node_api import Hearing
from sipflow.scenario.template import is_template
from sipflow.scenario.wiring import Wiring


@dataclass(frozen=True, slots=True)
class MessageWait:
    """One step that waits for a request or response."""

    node_id: str
    instance_id: str
    hearing: Hearing
    method: str
    """Empty for any."""
    call_id: str | None
    """The call to which the message must belong; empty for those outside of any, None where only the run will know."""
    is_answered: bool
    """Whether another step answers what it takes."""


def message_waits(wiring: Wiring, params: Mapping[str, Params]) -> tuple[MessageWait, ...]:
    """Every step that is reached and waits for messages."""
    answered = _named_nodes(wiring, params)
    waits = []
    for step_id, step in wiring.steps.items():
        settings = params.get(step_id)
        if step.node_type is None or step.node_type.hears is None or not step.is_reached:
            continue
        assert isinstance(settings, CallParams)
        method = "" if is_template(step.node.data.get("method")) else str(getattr(settings, "method", ""))
        call_id = None if is_template(step.node.data.get("callId")) else settings.call_id
        is_answered = step_id in answered
        waits.append(MessageWait(step_id, step.instance_id, step.node_type.hears, method, call_id, is_answered))
    return tuple(waits)


def _named_nodes(wiring: Wiring, params: Mapping[str, Params]) -> set[str]:
    """The nodes that others name in their settings."""
    named: set[str] = set()
    for step_id, step in wiring.steps.items():
        settings = params.get(step_id)
        if settings is not None and step.is_reached:
            model = type(settings)
            named.update(str(getattr(settings, name)) for name in model.model_fields if model.kind(name) is Kind.NODE)
    return named - {""}
