"""A PBX from the settings of its node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from sipflow.base.ids import Ids
from sipflow.base.pbx_choices import Guarded
from sipflow.base.sayings import Told
from sipflow.net.endpoint import Network
from sipflow.net.station import MessageTap, UnreadTap
from sipflow.nodes.pbx import PbxParams
from sipflow.nodes.sip_instance import SipInstanceParams
from sipflow.pbx import Gate, PbxServer, PbxSettings
from sipflow.sip.digest_server import DigestServer


def make_pbx(
    params: PbxParams,
    users: Iterable[SipInstanceParams],
    neighbours: Mapping[str, str],
    *,
    network: Network,
    ids: Ids,
    on_message: MessageTap,
    on_unread: UnreadTap,
    on_log: Callable[[Told], None],
) -> PbxServer:
    """`users` are the instances that use it: their numbers exist, registered or not, and their passwords are known.

    `neighbours` are the addresses of all PBXs by their domains, filled in as they begin to listen.
    """
    users = list(users)
    settings = PbxSettings(
        host=params.local_host,
        port=params.local_port,
        mode=params.mode,
        domains=params.domains,
        groups=params.members,
        neighbours=neighbours,
        numbers=frozenset(user.dn for user in users),
        forking=params.forking,
        ring_s=params.ring_s,
        record_route=params.record_route,
        min_expires_s=params.min_expires_s,
        max_expires_s=params.max_expires_s,
        faults=params.faults,
    )
    gate = None
    if params.challenge is not Guarded.NOTHING:
        own = {user.auth_user or user.dn: user.password for user in users if user.password}
        passwords = OnePassword(params.password) if params.password else own
        owners = {user.auth_user: user.dn for user in users if user.auth_user}
        server = DigestServer(params.realm, passwords, secret=ids.call_id().encode())
        gate = Gate(params.challenge, server, owners)
    return PbxServer(
        settings, network=network, ids=ids, gate=gate, on_message=on_message, on_unread=on_unread, on_log=on_log
    )


class OnePassword(Mapping[str, str]):
    """The passwords of everybody, where all have the same."""

    def __init__(self, password: str) -> None:
        self._password = password

    def __getitem__(self, user: str) -> str:
        return self._password

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
