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
    host = _own_address(uri.host)
    for one, params in instances.items():
        is_its_place = place_of(params, instances, pbxs) == (host, uri.port) and not _is_used_elsewhere(params, pbxs)
        is_its_number = uri.port is None and params.number == uri.user and _is_loopback(host)
        if params.number and (is_its_place or is_its_number):
            return one
    return ""


def _is_used_elsewhere(params: InstanceParams, pbxs: Mapping[str, str]) -> bool:
    """Whether it is used with a PBX outside: then that one's host stands for its address."""
    return bool(params.pbx_name) and not pbx_of(params, pbxs)


def place_of(
    params: InstanceParams, instances: Mapping[str, InstanceParams], pbxs: Mapping[str, str]
) -> tuple[str, int]:
    """The address and port that an instance is to listen on, as far as they are known; port 0 is not."""
    host, port = params.listens_on
    pbx = instances.get(pbxs.get(host.casefold(), ""))
    return _own_address(pbx.listens_on[0] if pbx is not None else host), port


def pbx_of(params: InstanceParams, pbxs: Mapping[str, str]) -> str:
    """The id of the PBX of the scenario that an instance is used with; empty where there is none."""
    return pbxs.get(params.pbx_name.casefold(), "")


def _own_address(host: str) -> str:
    """One spelling of an address, of whatever leads to this machine alone."""
    if host.casefold() in ("", "localhost"):
        return "127.0.0.1"
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return host.casefold()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
