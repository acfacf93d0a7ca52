"""Fuzz the parsers of SIP, RTP and RTCP, guided by coverage.

`python tests/fuzz/fuzz_parsers.py --seconds 600`: the seeds are the torture messages and packets of our own. It ends
at once, with the input, at any exception but the parsers' own, at a broken promise of `read_everything` or of
`packets`, and at an input that costs far more a byte than it should, three times in a row: a cost that is not linear
does so. Needs `pip install atheris`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from pathlib import Path

try:
    atheris = importlib.import_module("atheris")
except ModuleNotFoundError:
    sys.exit("this needs atheris: pip install atheris")

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

with atheris.instrument_imports(include=["sipflow.sip", "sipflow.rtp", "sipflow.base.errors"]):
    from sipflow.base.errors import FramingError, SipParseError
    from sipflow.sip.address import NameAddr, parse_addresses
    from sipflow.sip.framing import StreamFramer
    from sipflow.sip.headers import CSeq
    from sipflow.sip.uri import Uri
    from sipflow.sip.via import Via, parse_vias
    from tests.fuzz.packets import SEEDS, play_stream, read_rtcp, read_rtp
    from tests.fuzz.reading import read_everything
    from tests.torture.cases import TORTURE

FIXED_S = 0.01
TRIES = 3


def fuzz_message(data: bytes) -> None:
    read_everything(data)


def fuzz_stream(data: bytes) -> None:
    """Cut at places that the first byte chooses, and as a whole: the frames must be the same."""
    step = data[0] % 7 + 1 if data else 1
    stream = data[1:]
    assert _frames([stream]) == _frames([stream[i : i + step] for i in range(0, len(stream), step)])


def _frames(segments: list[bytes]) -> tuple[list[bytes], bytes]:
    framer = StreamFramer(4096, 4096)
    frames: list[bytes] = []
    for segment in segments:
        try:
            frames += framer.feed(segment)
        except FramingError as error:
            return [*frames, *error.frames], error.data
    return frames, b""


def fuzz_values(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for parse in (Uri.parse, NameAddr.parse, Via.parse, CSeq.parse):
        try:
            value = parse(text)
        except SipParseError:
            continue
        assert str(parse(str(value))) == str(value)
    for parse_list in (parse_addresses, parse_vias):
        try:
            parse_list(text)
        except SipParseError:
            continue


FUZZED = (
    (fuzz_message, 3e-6),
    (fuzz_stream, 40e-6),
    (fuzz_values, 5e-6),
    (read_rtp, 20e-6),
    (read_rtcp, 20e-6),
    (play_stream, 100e-6),
)
"""What is fuzzed, and the seconds that a byte may cost: ten times what instrumented code takes on a quiet machine."""


def one_input(data: bytes) -> None:
    """The first byte chooses the parser."""
    fuzz, byte_s = FUZZED[data[0] % len(FUZZED) if data else 0]
    for _ in range(TRIES):
        begin = time.process_time()
        fuzz(data[1:])
        spent = time.process_time() - begin
        if spent <= FIXED_S + byte_s * len(data):
            return
    raise AssertionError(f"{fuzz.__name__}: {len(data)} bytes took {spent:.3f} s")


def write_seeds(folder: Path) -> None:
    for case in TORTURE.values():
        for number in range(2):
            (folder / f"{case.name}-{number}").write_bytes(bytes([number, 0][: number + 1]) + case.data)
        for number, line in enumerate(case.data.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]):
            (folder / f"{case.name}-line-{number}").write_bytes(b"\x02" + line.partition(b":")[2].strip())
    for name, number, data in SEEDS:
        (folder / name).write_bytes(bytes([number]) + data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--max-bytes", type=int, default=16_384)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_seeds(Path(folder))
        options = [f"-max_total_time={arguments.seconds}", f"-max_len={arguments.max_bytes}", "-print_final_stats=1"]
        artifacts = f"-artifact_prefix={Path.cwd()}/"
        atheris.Setup([sys.argv[0], folder, artifacts, *options], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
