"""Hypothesis strategies for values that follow their grammar."""

from __future__ import annotations

from hypothesis import strategies as st

from sipflow.sip.address import NameAddr
from sipflow.sip.grammar import join_params
from sipflow.sip.headers import CSeq
from sipflow.sip.uri import Uri
from sipflow.sip.via import Via

LETTERS = "abcXYZ019"
ESCAPES = st.sampled_from(["%00", "%20", "%40", "%c3%A4", "%fF", "%41"])

tokens = st.text(LETTERS + "-.!%*_+`'~", min_size=1, max_size=12)
hosts = st.one_of(
    st.sampled_from(["127.0.0.1", "2001:db8::10", "::1", "::ffff:192.0.2.1", "example.com", "my_host", "a-b.example."]),
    st.from_regex(r"[0-9A-Za-z]([0-9A-Za-z.\-]{0,20})", fullmatch=True),
)
ports = st.none() | st.integers(1, 65535)


def escapable(chars: str, min_size: int = 1) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(LETTERS + "-_.!~*'()" + chars) | ESCAPES, min_size=min_size, max_size=8).map(
        "".join
    )


_pairs = st.tuples(escapable("[]/:&+$"), st.just("") | escapable("[]/:&+$"))
_sip_uris = st.builds(
    Uri,
    scheme=st.sampled_from(["sip", "sips"]),
    raw_user=escapable("&=+$,;?/", 0),
    password=st.just(""),
    host=hosts,
    port=ports,
    params=st.lists(_pairs, max_size=3).map(tuple),
    headers=st.lists(st.tuples(escapable("[]/?:+$"), escapable("[]/?:+$", 0)), max_size=2).map(tuple),
    opaque=st.just(""),
)
_with_password = st.builds(
    lambda uri, user, password: uri._replace(raw_user=user, password=password),
    _sip_uris,
    escapable("&=+$,;?/"),
    escapable("&=+$,"),
)
_other_uris = st.builds(
    lambda scheme, opaque: Uri(scheme, opaque=opaque),
    st.sampled_from(["tel", "http", "urn", "x-y.z+1", "sipx", "s"]),
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='<>"'), min_size=1),
)
uris = st.one_of(_sip_uris, _with_password, _other_uris)

on_the_wire = st.characters(exclude_characters="\r\n", codec="utf-8") | st.characters(
    codec=None, categories=["Cs"], min_codepoint=0xDC80, max_codepoint=0xDCFF
)
"""What bytes become when they are read: characters, and escapes of bytes that are none."""

quoted = st.text(on_the_wire).map(
    lambda text: '"' + "".join(f"\\{c}" if c in '"\\' or c < " " or c == "\x7f" else c for c in text) + '"'
)
header_params = st.lists(st.tuples(tokens, st.just("") | tokens | quoted), max_size=3).map(tuple)
display_names = st.text(on_the_wire, max_size=20)
addresses = st.builds(lambda uri, name, params: NameAddr(uri, name, params), uris, display_names, header_params)
vias = st.builds(
    lambda transport, host, port, params, protocol: Via(transport, host, port, join_params(params), protocol),
    tokens,
    hosts,
    ports,
    header_params,
    st.just("SIP/2.0") | st.builds("{}/{}".format, tokens, tokens),
)
cseqs = st.builds(CSeq, number=st.integers(0, 2**31 - 1), method=tokens)
