"""A PBX that listens."""

from __future__ import annotations

from collections.abc import Callable

from sipflow.base.ids import Ids
from sipflow.base.sayings import Told
from sipflow.net.endpoint import Network
from sipflow.net.station import MessageTap, Station, UnreadTap
from sipflow.pbx.core import Pbx
from sipflow.pbx.gate import Gate
from sipflow.pbx.settings import PbxSettings
from sipflow.sip.flow import Address, Flow
from sipflow.sip.message import Request
from sipflow.sip.transaction import ServerTransaction


class PbxServer(Station):
    """One PBX on one address. `start` before anything else, `close` at the end."""

    def __init__(
        self,
        settings: PbxSettings,
        *,
        network: Network,
        ids: Ids,
        gate: Gate | None = None,
        on_message: MessageTap | None = None,
        on_unread: UnreadTap | None = None,
        on_log: Callable[[Told], None] | None = None,
    ) -> None:
        local = Address(settings.host, settings.port)
        super().__init__(
            *(settings.timing, local),
            network=network,
            ids=ids,
            on_message=on_message,
            on_unread=on_unread,
            forwards=True,
        )
        self.settings = settings
        self.pbx = Pbx(settings, self, gate)
        self.is_lost = self.pbx.loses
        self._on_log = on_log

    async def start(self, port: int | None = None) -> None:
        """Bind the address; `port` stands for that of the settings. Raises AddressUnavailable; then try another."""
        settings = self.settings
        await self.bind(settings.host, settings.port if port is None else port)
        self.pbx.router.local = self.local

    def flow_to(self, next_hop: str, transport: str) -> Flow:
        """The flow by which a URI, bare or in angle brackets, is reached; `transport` where it names none.

        Raises SipParseError, and LocalProtocolError for a transport that we lack.
        """
        return self.paths.to(next_hop, transport)

    def via(self, transport: str, branch: str) -> str:
        """Our Via value. Source: RFC 3261 §8.1.1.7, RFC 3581 §3."""
        return f"SIP/2.0/{transport} {self.local};rport;branch={branch}"

    def log(self, message: Told) -> None:
        """Tell people what was done, and why."""
        if self._on_log is not None:
            self._on_log(message)

    def request_received(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        self.pbx.request_received(transaction, request, now)

    def ack_received(self, ack: Request, flow: Flow, now: float) -> None:
        self.pbx.ack_received(ack, flow, now)
