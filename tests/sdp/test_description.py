"""Descriptions: what is read, what is kept, what is refused, at what cost."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import SdpError
from sipflow.sdp import Connection, MediaDescription, Origin, SessionDescription
from sipflow.sdp.description import MAX_LINES, MAX_MEDIA, MAX_SIZE_BYTES

FULL = (
    b"v=0\r\n"
    b"o=jdoe 2890844526 2890842807 IN IP4 10.47.16.5\r\n"
    b"s=SDP Seminar\r\n"
    b"i=A seminar on the session description protocol\r\n"
    b"u=http://www.example.com/seminars/sdp.pdf\r\n"
    b"e=j.doe@example.com (Jane Doe)\r\n"
    b"p=+1 617 555-6011\r\n"
    b"c=IN IP4 224.2.17.12/127\r\n"
    b"b=CT:128\r\n"
    b"t=2873397496 2873404696\r\n"
    b"r=7d 1h 0 25h\r\n"
    b"z=2882844526 -1h 2898848070 0\r\n"
    b"k=prompt\r\n"
    b"a=recvonly\r\n"
    b"a=x-unknown:kept as it came\r\n"
    b"m=audio 49170/2 RTP/AVP 0 96\r\n"
    b"i=Stimme\xc3\xa9\xff\r\n"
    b"c=IN IP6 2001:db8::1\r\n"
    b"b=AS:64\r\n"
    b"a=rtpmap:96 opus/48000/2\r\n"
    b"a=rtcp-mux\r\n"
    b"m=image 0 udptl t38\r\n"
)
PLAIN = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


@pytest.mark.conformance(106)
def test_description_with_every_line_comes_back_byte_for_byte() -> None:
    description = SessionDescription.parse(FULL)

    assert bytes(description) == FULL


@pytest.mark.conformance(106)
def test_description_names_what_it_holds() -> None:
    description = SessionDescription.parse(FULL)
    audio, image = description.media

    assert description.origin == Origin("jdoe", 2890844526, 2890842807, "IN", "IP4", "10.47.16.5")
    assert description.connection == Connection("IN", "IP4", "224.2.17.12/127")
    assert description.bandwidths == ("CT:128",)
    assert description.attribute("x-unknown") == "kept as it came"
    assert (audio.kind, audio.port, audio.port_count, audio.formats) == ("audio", 49170, 2, ("0", "96"))
    assert description.connection_of(audio) == Connection("IN", "IP6", "2001:db8::1")
    assert audio.bandwidths == ("AS:64",)
    assert audio.attribute("rtcp-mux") == ""
    assert audio.attribute("rtcp") is None
    assert (image.port, image.protocol, image.formats) == (0, "udptl", ("t38",))


@pytest.mark.conformance(106)
@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (PLAIN.replace(b"s=-\r\n", b""), PLAIN),
        (PLAIN.replace(b"t=0 0\r\n", b""), PLAIN),
        (PLAIN.replace(b"\r\n", b"\n"), PLAIN),
        (PLAIN.rstrip(), PLAIN),
        (PLAIN + b"\r\n\r\n", PLAIN),
        (PLAIN.replace(b"RTP/AVP 0", b"RTP/AVP  0 "), PLAIN),
        (PLAIN.replace(b"192.0.2.1\r\ns", b"192.0.2.1 \r\ns"), PLAIN),
    ],
    ids=["no s=", "no t=", "bare LF", "no last line end", "blank lines at the end", "spaces in m=", "space after o="],
)
def test_parse_forgives_what_harms_nobody(text: bytes, meaning: bytes) -> None:
    assert bytes(SessionDescription.parse(text)) == meaning


@pytest.mark.conformance(106)
def test_line_of_unknown_letter_is_kept() -> None:
    description = SessionDescription.parse(PLAIN.replace(b"t=0 0\r\n", b"t=0 0\r\ny=0100\r\n") + b"f=v/1\r\n")

    assert description.others == ("y=0100",)
    assert description.media[0].others == ("f=v/1",)


@pytest.mark.conformance(106)
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"v=0", b"v=1"),
        (b"v=0\r\n", b""),
        (b"o=- 1 1 IN IP4 192.0.2.1\r\n", b""),
        (b"o=- 1 1", b"o=- 1"),
        (b"o=- 1 1", b"o=- 1 x"),
        (b"o=- 1 1", b"o=a b 1 1"),
        (b"o=- 1 1", b"o=- 1 " + b"9" * 5000),
        (b"o=- 1 1 IN IP4 192.0.2.1\r\n", b"o=- 1 1 IN IP4 192.0.2.1\r\no=- 1 1 IN IP4 192.0.2.1\r\n"),
        (b"c=IN IP4 192.0.2.1\r\n", b""),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP4"),
        (b"c=IN IP4 192.0.2.1", b"c=192.0.2.1"),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP4 192.0.2.256"),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP4 2001:db8::1"),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP6 2001:db8:::1"),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP6 fe80::1%eth0"),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP6 192.0.2.1"),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP4 192.0.2.1/"),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP4 a..b"),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1"),
        (b"m=audio 4000 RTP/AVP 0", b"m=audio 4000 RTP/AVP"),
        (b"m=audio 4000 RTP/AVP 0", b"m=audio 65536 RTP/AVP 0"),
        (b"m=audio 4000 RTP/AVP 0", b"m=audio -1 RTP/AVP 0"),
        (b"m=audio 4000 RTP/AVP 0", b"m=audio x RTP/AVP 0"),
        (b"m=audio 4000 RTP/AVP 0", b"m=audio 4000/0 RTP/AVP 0"),
        (b"m=audio 4000 RTP/AVP 0", b"m=audio\xc2\xa04000 RTP/AVP 0"),
        (b"m=audio 4000 RTP/AVP 0", b"m="),
        (b"t=0 0", b"t"),
        (b"t=0 0", b""),
        (b"t=0 0", b" t=0 0"),
        (b"t=0 0", b"t=0\x000"),
        (b"t=0 0", b"t=0\r0"),
        (b"t=0 0", b"a=" + b"x" * MAX_SIZE_BYTES),
        (b"t=0 0", b"\r\n".join([b"a=x"] * MAX_LINES)),
        (b"m=audio 4000 RTP/AVP 0", b"m=audio 4000 RTP/AVP 0\r\n" * (MAX_MEDIA + 1)),
    ],
)
def test_parse_refuses_what_would_send_media_astray(good: bytes, bad: bytes) -> None:
    SessionDescription.parse(PLAIN)
    assert good in PLAIN

    with pytest.raises(SdpError):
        SessionDescription.parse(PLAIN.replace(good, bad, 1))


@pytest.mark.parametrize("body", [b"", b"\r\n", b"hello", b"\xff\xfe"])
def test_parse_refuses_what_is_no_description(body: bytes) -> None:
    with pytest.raises(SdpError):
        SessionDescription.parse(body)


@pytest.mark.conformance(106)
@pytest.mark.parametrize(
    ("line", "is_unicast"),
    [
        ("IN IP4 192.0.2.1", True),
        ("IN IP4 media.example.com", True),
        ("IN IP4 0.0.0.0", True),
        ("IN IP6 2001:db8::1", True),
        ("IN IP6 ::ffff:192.0.2.2", True),
        ("IN IP6 media.example.com.", True),
        ("IN IP4 224.2.1.1/127", False),
        ("IN IP4 224.2.1.1/127/3", False),
        ("IN IP6 ff15::101/3", False),
        ("ATM NSAP 47.0091.8100", False),
    ],
)
def test_connection_tells_one_host_from_all_else(line: str, is_unicast: bool) -> None:
    connection = Connection.parse(line)

    assert connection.is_unicast == is_unicast
    assert str(connection) == line


def test_error_shows_the_offending_line() -> None:
    with pytest.raises(SdpError, match="m=audio x RTP/AVP 0") as caught:
        SessionDescription.parse(PLAIN.replace(b"4000", b"x"))

    assert caught.value.line == "m=audio x RTP/AVP 0"


LINE_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=12)
TOKEN = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=6)
CONNECTIONS = st.one_of(
    st.ip_addresses(v=4).map(lambda ip: Connection.to(str(ip))),
    st.ip_addresses(v=6).map(lambda ip: Connection.to(str(ip))),
    st.just(Connection("IN", "IP4", "media.example.com")),
)
TEXTS = st.lists(LINE_TEXT, max_size=3).map(tuple)
PORTS = st.integers(0, 65_535)


def lines(letters: str, min_size: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    line = st.builds("{}={}".format, st.sampled_from(letters), LINE_TEXT)
    return st.lists(line, min_size=min_size, max_size=3).map(tuple)


MEDIA = st.builds(
    MediaDescription,
    kind=TOKEN,
    port=PORTS,
    protocol=TOKEN,
    formats=st.lists(TOKEN, min_size=1, max_size=4).map(tuple),
    attributes=TEXTS,
    connections=st.lists(CONNECTIONS, max_size=2).map(tuple),
    bandwidths=TEXTS,
    port_count=st.integers(1, 65_535),
    titles=TEXTS,
    others=lines("kxyt"),
)
DESCRIPTIONS = st.builds(
    SessionDescription,
    origin=st.builds(Origin, TOKEN, st.integers(0, 2**64), st.integers(0, 2**64), TOKEN, TOKEN, TOKEN),
    media=st.lists(MEDIA, max_size=3).map(tuple),
    connection=CONNECTIONS,
    attributes=TEXTS,
    name=LINE_TEXT,
    about=lines("iuep"),
    bandwidths=TEXTS,
    timing=lines("trz", min_size=1),
    others=lines("kxyé"),
)


@pytest.mark.conformance(106)
@given(DESCRIPTIONS)
def test_written_description_reads_back_the_same(description: SessionDescription) -> None:
    assert SessionDescription.parse(bytes(description)) == description


@pytest.mark.conformance("R9")
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=200).map(lambda tail: PLAIN + tail)))
def test_parse_raises_nothing_but_its_own_error(body: bytes) -> None:
    try:
        description = SessionDescription.parse(body)
    except SdpError:
        return
    assert SessionDescription.parse(bytes(description)) == description


@pytest.mark.conformance("R9")
@given(st.data())
def test_parse_survives_any_damage(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(FULL)))
    end = data.draw(st.integers(start, min(len(FULL), start + 20)))
    body = FULL[:start] + data.draw(st.binary(max_size=8)) + FULL[end:]

    try:
        description = SessionDescription.parse(body)
    except SdpError:
        return
    assert SessionDescription.parse(bytes(description)) == description


@pytest.mark.parametrize(
    "line",
    [
        b"m=audio 1 RTP/AVP" + b" 0" * 32_000 + b" \x7f",
        b"m=audio 1 RTP/AVP" + b" " * 64_000 + b"\x7f",
        b"m=" + b"a" * 64_000,
        b"m=audio " + b" " * 64_000,
        b"o=" + b" 1" * 32_000,
        b"o=-" + b" " * 64_000,
        b"c=IN IP4 " + b"1." * 32_000,
        b"c=IN IP4 " + b"1" * 64_000,
        b"c=IN IP6 " + b":1" * 32_000,
        b"c=IN" + b" " * 64_000,
        b"\r\n" * 32_000,
        b"a=" + b"rtpmap:" * 9_000,
    ],
    ids=lambda line: line[:20].decode("ascii"),
)
def test_parse_cost_stays_linear(line: bytes) -> None:
    body = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1\r\n" + line + b"\r\n"
    assert len(body) <= MAX_SIZE_BYTES

    started = time.process_time()
    with contextlib.suppress(SdpError):
        SessionDescription.parse(body)
    # A few ms where each byte is looked at a bounded number of times; tens of seconds where cost is quadratic.
    assert time.process_time() - started < 5
