"""A PBX that listens."""

from __future__ import annotations

from collections.abc import Callable

from sipflow.base.ids import Ids
from sipflow.net.endpoint import Network
from sipflow.net.station import MessageTap, Station
from sipflow.pbx.core import Pbx
from sipflow.pbx.gate import Gate
from sipflow.pbx.settings import PbxSettings
from sipflow.sip.flow import Address


class PbxServer:
    """One PBX on one address. `start` before anything else, `close` at the end."""

    def __init__(
        self,
        settings: PbxSettings,
        *,
        network: Network,
        ids: Ids,
        gate: Gate | None = None,
        on_message: MessageTap | None = None,
        on_log: Callable[[str], None] | None = None,
    ) -> None:
        self.settings = settings
        self.station = Station(
            settings.timing, network=network, ids=ids, on_message=on_message, on_log=on_log, forwards=True
        )
        self.pbx = Pbx(settings, self.station, gate)

    @property
    def local(self) -> Address:
        """Where it listens, once started."""
        return self.station.local

    async def start(self, port: int | None = None) -> None:
        """Bind the address; `port` stands for that of the settings. Raises AddressUnavailable; then try another."""
        settings = self.settings
        await self.station.start(settings.host, settings.port if port is None else port, self.pbx)
        self.pbx.router.local = self.station.local

    async def close(self) -> None:
        """Forget every call without a word, and close the sockets. May be called twice."""
        await self.station.close()
