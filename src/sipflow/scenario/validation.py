"""Every rule about a scenario's nodes: settings and directory numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from sipflow.base.errors import TemplateError
from sipflow.base.sayings import Saying
from sipflow.scenario.call_life import check_calls, parties_of
from sipflow.scenario.document import Node
from sipflow.scenario.fields import Kind, Params
from sipflow.scenario.findings import Problem, Severity
from sipflow.scenario.hearing import message_waits
from sipflow.scenario.meetings import check_meetings
from sipflow.scenario.node_api import AudioFault, CallChange, Hearing, InstanceParams, NodeType, Surroundings
from sipflow.scenario.steering import check_steering
from sipflow.scenario.targets import pbx_of, place_of, reached
from sipflow.scenario.template import LookUp, is_template, substitute, substitute_environment
from sipflow.scenario.values import KnownLater, ValueNotYet, no_facts, not_yet
from sipflow.scenario.variables import unset_in_expressions, variables_before
from sipflow.scenario.wiring import Lane, Step, Wiring
from sipflow.sip.methods import is_of_calls

Key = TypeVar("Key", bound=Hashable)


def check_nodes(
    wiring: Wiring,
    variables: Mapping[str, str],
    environment: Mapping[str, str],
    audio_fault: AudioFault | None = None,
) -> dict[str, Params]:
    """Check every node; what is found goes to `wiring.findings`. Returns the settings of all nodes.

    An instance's templates are replaced here, for good. Those of a step are replaced as far as they can
    be, to check what follows from them; their values are judged when the node runs.
    """
    params: dict[str, Params] = {}
    set_before = variables_before(wiring)
    unsettled: dict[str, frozenset[str]] = {}
    for node, node_type in _typed_nodes(wiring):
        is_instance = node.id in wiring.lanes
        known = KnownLater(variables, set_before.get(node.id, frozenset()))
        read, problems = _read(node_type, node.data, known, environment, judges_templates=is_instance)
        problems += unset_in_expressions(node_type, node.data, known.names)
        params[node.id] = read
        fields = map(node_type.params.json_name, node_type.params.model_fields)
        unsettled[node.id] = frozenset(name for name in fields if is_template(node.data.get(name)))
        unsettled[node.id] |= {problem.field for problem in problems}
        for problem in problems:
            wiring.add(problem, node)
    instances = {key: value for key, value in params.items() if isinstance(value, InstanceParams)}
    dns = _check_dns(wiring, instances)
    pbxs = pbx_names(wiring)
    _check_ports(wiring, instances, pbxs)
    needed = {pbx_of(own, pbxs) for own in instances.values()}
    names = {instance_id: lane.node.label or instance_id for instance_id, lane in wiring.lanes.items()}
    parties = parties_of(wiring, params, dns)
    takes_calls = frozenset(party_id for party_id, party in parties.items() if party.takes_calls)
    answers_calls = frozenset(party_id for party_id, party in parties.items() if CallChange.ANSWERS in party.changes)
    waits = message_waits(wiring, params)
    for node, node_type in _typed_nodes(wiring):
        step = wiring.steps.get(node.id)
        instance_id = step.instance_id if step else node.id
        around = Surroundings(
            dns,
            names,
            instance_id,
            uses_pbx=instance_id in parties and parties[instance_id].uses_pbx,
            takes_calls=takes_calls,
            answers_calls=answers_calls,
            has_failure_branch=step is not None and step.failure is not None,
            request_waits={
                wait.node_id: wait.method if is_of_calls(wait.method, within_call=wait.call_id != "") else ""
                for wait in waits
                if wait.instance_id == instance_id and wait.hearing is Hearing.REQUESTS
            },
            unsettled=unsettled[node.id],
            pbxs=pbxs,
            is_needed=instance_id in needed,
            reached=partial(reached, caller=instance_id, instances=instances, pbxs=pbxs),
            media_fault=partial(_media_fault, instances, instance_id),
            audio_fault=audio_fault,
        )
        for problem in node_type.behaviour(params[node.id]).check(around):
            wiring.add(problem, node)
    check_steering(wiring)
    if not wiring.has_cycle:
        check_calls(wiring, params, parties)
        check_meetings(wiring, params)
    return params


def _media_fault(instances: Mapping[str, InstanceParams], caller: str, called: str) -> Saying | None:
    both = instances.get(caller), instances.get(called)
    return None if both[0] is None or both[1] is None else both[0].media_fault(both[1])


def pbx_names(wiring: Wiring) -> dict[str, str]:
    """The ids of the scenario's PBXs, by what they may be called: label, else type, and id, without regard to case."""
    pbxs = [lane.node for lane in wiring.lanes.values() if lane.is_pbx]
    labels = {(pbx.label.strip() or pbx.type_name).casefold(): pbx.id for pbx in reversed(pbxs)}
    return labels | {pbx.id.casefold(): pbx.id for pbx in pbxs}


def resolve(
    node_type: NodeType, data: Mapping[str, Any], variables: Mapping[str, str], facts: LookUp
) -> tuple[dict[str, Any], dict[str, Saying]]:
    """A node's data with the templates of its known fields replaced, and what went wrong by JSON name.

    A field with a value that only the run will know is left out. Expressions have variables of their own, no templates.
    """
    resolved: dict[str, Any] = {}
    problems: dict[str, Saying] = {}
    for attribute in node_type.params.model_fields:
        name = node_type.params.json_name(attribute)
        if name not in data:
            continue
        if node_type.params.kind(attribute) is Kind.EXPRESSION:
            resolved[name] = data[name]
            continue
        try:
            resolved[name] = substitute(data[name], variables, facts)
        except ValueNotYet:
            continue
        except TemplateError as error:
            problems[name] = _fault(error)
    return resolved, problems


def _typed_nodes(wiring: Wiring) -> Iterator[tuple[Node, NodeType]]:
    items: list[Lane | Step] = [*wiring.lanes.values(), *wiring.steps.values()]
    for item in items:
        if item.node_type is not None:
            yield item.node, item.node_type


def _read(
    node_type: NodeType,
    data: Mapping[str, Any],
    variables: KnownLater,
    environment: Mapping[str, str],
    *,
    judges_templates: bool,
) -> tuple[Params, list[Problem]]:
    resolved, wrong = resolve(node_type, data, variables, no_facts if judges_templates else not_yet)
    _resolve_passwords(node_type.params, resolved, wrong, environment)
    params, unreadable = node_type.params.read(resolved)
    for name, fault in unreadable.items():
        if name not in wrong and (judges_templates or not is_template(data.get(name))):
            wrong[name] = fault
    return params, [Problem(Severity.ERROR, name, fault) for name, fault in wrong.items()]


def _fault(error: TemplateError) -> Saying:
    assert isinstance(error.fault, Saying)
    return error.fault


def _resolve_passwords(
    model: type[Params], resolved: dict[str, Any], wrong: dict[str, Saying], environment: Mapping[str, str]
) -> None:
    for name in model.model_fields:
        value = resolved.get(model.json_name(name))
        if model.kind(name) is Kind.PASSWORD and isinstance(value, str):
            try:
                resolved[model.json_name(name)] = substitute_environment(value, environment)
            except TemplateError as error:
                wrong[model.json_name(name)] = _fault(error)


def _check_dns(wiring: Wiring, instances: Mapping[str, InstanceParams]) -> dict[str, str]:
    """Instance ids by directory number; a number that two instances have is reported at both."""
    owners = _by(lambda params: params.number or None, instances)
    for dn, ids in owners.items():
        _tell_shared(wiring, ids, "dn", "dn-taken", dn=dn)
    return {dn: ids[0] for dn, ids in owners.items()}


def _check_ports(wiring: Wiring, instances: Mapping[str, InstanceParams], pbxs: Mapping[str, str]) -> None:
    """Report a port that two instances are to listen on, at one address as far as that is known, at both."""

    def place(params: InstanceParams) -> tuple[str, int] | None:
        host, port = place_of(params, instances, pbxs)
        return (host, port) if port else None

    for (_, port), ids in _by(place, instances).items():
        _tell_shared(wiring, ids, "localPort", "port-taken", port=port)


def _by(
    key_of: Callable[[InstanceParams], Key | None], instances: Mapping[str, InstanceParams]
) -> dict[Key, list[str]]:
    """Instance ids by what `key_of` says of their settings, but for None."""
    owners: defaultdict[Key, list[str]] = defaultdict(list)
    for instance_id, params in instances.items():
        key = key_of(params)
        if key is not None:
            owners[key].append(instance_id)
    return owners


def _tell_shared(wiring: Wiring, ids: list[str], field: str, code: str, **values: str | int) -> None:
    """Report at each of several instances that the others have the same."""
    for instance_id in ids if len(ids) > 1 else ():
        others = ", ".join(wiring.lanes[other].node.label or other for other in ids if other != instance_id)
        wiring.add(Problem.error(field, code, **values, others=others), wiring.lanes[instance_id].node)
