"""The SIP core, sans-IO: bytes and time come in as arguments, work orders come out. Source: RFC 3261."""
