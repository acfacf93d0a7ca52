"""From the settings of an instance to how its user agent reaches others, and is reached."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sipflow.base.errors import PathRefused, TlsUnusable
from sipflow.base.folders import resolve_inside
from sipflow.base.sayings import Saying
from sipflow.net.endpoint import StreamSettings
from sipflow.net.tls import TlsSettings
from sipflow.nodes.sip_instance import SipInstanceParams
from sipflow.sip.grammar import bracketed
from sipflow.sip.transports import transport_param


def stream_settings(params: SipInstanceParams, folders: Sequence[Path]) -> StreamSettings:
    """How it does TLS, WebSocket and keep-alives; its files are in `folders`. Raises TlsUnusable."""
    return StreamSettings(
        tls=TlsSettings(
            ca_file=_file(params.tls_ca_file, folders),
            certificate=_file(params.tls_certificate, folders),
            key=_file(params.tls_key, folders),
            verify=params.tls_verify,
            require_client=params.tls_require_client,
        ),
        websocket_path=params.web_socket_path,
        keep_alive_s=params.keep_alive_s,
    )


def proxy_uri(params: SipInstanceParams) -> str:
    """The server to which requests outside dialogs go: its outbound proxy, else its PBX; empty without either."""
    port = "" if params.pbx_port_given is None else f":{params.pbx_port_given}"
    host = params.outbound_proxy or (params.pbx_host and f"{bracketed(params.pbx_host)}{port}")
    return f"sip:{host}{transport_param(params.pbx_transport)}" if host else ""


def _file(name: str, folders: Sequence[Path]) -> Path | None:
    """A file that a document names: within the folders, links followed. Raises TlsUnusable for any other."""
    if not name:
        return None
    if not folders:
        raise TlsUnusable(name, Saying.of("no-certificate-folder"))
    try:
        return resolve_inside(name, folders)
    except PathRefused as error:
        raise TlsUnusable(name, error.reason) from error
