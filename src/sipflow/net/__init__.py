"""The asyncio shell around the SIP core: sockets, framing, the pump."""
