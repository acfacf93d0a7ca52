"""Which instance of the scenario a call reaches, as far as that is known before the run."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from sipflow.base.errors import SipParseError
from sipflow.scenario.node_api import InstanceParams
from sipflow.sip.uri import Uri


def reached(target: str, caller: str, instances: Mapping[str, InstanceParams], pbxs: Mapping[str, str]) -> str:
    """The id of the instance; empty for one outside the scenario, or where it is not known.

    `target` is the text that a MakeCall names, `caller` its instance's id, `pbxs` the ids of PBXs by their names. Calls
    between two instances through a PBX of the scenario reach the called one with their media as they are.
    """
    own = instances.get(caller)
    if own is None or (":" in target and own.pbx_name):
        return ""
    if ":" not in target:
        called = next((one for one, params in instances.items() if params.number == target), "")
        pbx = pbx_of(own, pbxs)
        is_at_it = bool(pbx and called) and pbx_of(instances[called], pbxs) == pbx
        return called if is_at_it or not own.pbx_name else ""
    try:
        uri = Uri.parse(target)
    except SipParseError:
        return ""
    if uri.port is None:
        is_here = _is_local(uri.host, instances)
        return next((one for one, params in instances.items() if is_here and params.number == uri.user), "")
    at = ("127.0.0.1" if uri.host.lower() == "localhost" else uri.host, uri.port)
    return next((one for one, params in instances.items() if params.listens_on == at), "")


def pbx_of(params: InstanceParams, pbxs: Mapping[str, str]) -> str:
    """The id of the PBX of the scenario that an instance is used with; empty where there is none."""
    return pbxs.get(params.pbx_name.casefold(), "")


def _is_local(host: str, instances: Mapping[str, InstanceParams]) -> bool:
    if host.lower() == "localhost" or any(host == params.listens_on[0] for params in instances.values()):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
