"""Signals and tools of the media tests."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np

from sipflow.media.samples import Samples, clipped
from tests.peers import find_peer


def sine(frequency_hz: float, seconds: float, rate: int, peak: float = 10_000) -> Samples:
    return clipped(peak * np.sin(2 * np.pi * frequency_hz * np.arange(int(seconds * rate)) / rate))


def voice_like(seconds: float, rate: int) -> Samples:
    """Harmonics of a gliding pitch, with syllables: what codecs are made for."""
    time = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * (120 * time + 8 * np.sin(2 * np.pi * 0.7 * time))
    signal = np.sum([np.sin(number * phase) / number for number in range(1, 20)], axis=0)
    return clipped(4_000 * signal * np.sin(np.pi * 3 * time) ** 2)


def snr_db(reference: Samples, got: Samples, max_delay: int = 0) -> float:
    """The best ratio of signal to difference over all delays of `got`, in dB; both ends are left out."""
    margin = max_delay + 200
    wanted = reference[margin:-margin].astype(np.float64)
    noise = min(
        float(np.mean((got[margin + delay : margin + delay + len(wanted)] - wanted) ** 2))
        for delay in range(-max_delay, max_delay + 1)
    )
    return float(10 * np.log10(np.mean(wanted**2) / max(noise, 1e-9)))


def convert(folder: Path, data: bytes, before: list[str], after: list[str], tool: str = "ffmpeg") -> bytes:
    """What ffmpeg or SoX makes of bytes, from one file to another."""
    program = find_peer(tool)
    (folder / "in").write_bytes(data)
    if tool == "ffmpeg":
        command = [program, "-loglevel", "error", "-y", *before, "-i", "in", *after, "out"]
    else:
        command = [program, "-D", "-V1", *before, "in", *after, "out"]
    subprocess.run(command, cwd=folder, check=True, timeout=30)
    return (folder / "out").read_bytes()


def ogg_opus(packets: list[bytes]) -> bytes:
    """Opus packets of 20 ms, mono, as an Ogg file. Source: RFC 7845 §5, RFC 3533 §6."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<I", 0)
    pages = [_ogg_page(head, 0, 0, 2), _ogg_page(tags, 1, 0, 0)]
    for number, packet in enumerate(packets):
        is_last = 4 if number == len(packets) - 1 else 0
        pages.append(_ogg_page(packet, number + 2, 960 * (number + 1), is_last))
    return b"".join(pages)


def ogg_packets(data: bytes) -> list[bytes]:
    """The packets of an Ogg file with one stream."""
    packets, part = [], b""
    while data:
        sizes = data[27 : 27 + data[26]]
        data = data[27 + len(sizes) :]
        for size in sizes:
            part += data[:size]
            data = data[size:]
            if size < 255:
                packets.append(part)
                part = b""
    return packets


def _ogg_page(packet: bytes, number: int, place: int, flags: int) -> bytes:
    sizes = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, place, 1, number, 0, len(sizes))
    page = head + sizes + packet
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ (0x04C11DB7 if checksum & 0x80000000 else 0)) & 0xFFFFFFFF
    return page[:22] + struct.pack("<I", checksum) + page[26:]
