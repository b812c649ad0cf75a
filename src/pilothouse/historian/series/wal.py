"""What a write-ahead log that was left behind says of itself, before SQLite opens it and drops what it cannot trust.

SQLite takes a log up to the last transaction whose checksums hold and silently forgets the rest. That is right, and it
is not enough: people have to be told. A log may end in frames of an older round (each round has its own salt, one
higher than the last); those are no damage, nor is a transaction that was being written when the process died: nobody
was told that it was stored.

Format: https://sqlite.org/fileformat2.html#the_write_ahead_log
"""

import struct
from pathlib import Path
from typing import Final

import numpy as np

_HEADER: Final = 32
_FRAME: Final = 24


def damage(log: Path) -> str | None:
    """What is damaged in a log, in words; None where nothing is, or where there is no log."""
    content = log.read_bytes() if log.is_file() else b""
    if not content:
        return None
    if not _has_header(content):
        return "the header of the journal's log is damaged: what was written since the last checkpoint is lost"
    magic, _, size, _, salt1, salt2, sum1, sum2 = struct.unpack_from(">8I", content)
    order = ">" if magic & 1 else "<"
    running, at, step = (sum1, sum2), _HEADER, _FRAME + size
    while at + step <= len(content):
        found1, found2 = struct.unpack_from(">2I", content, at + 8)
        if (found1, found2) != (salt1, salt2):
            break
        running = _checksum(order, content[at : at + 8], running)
        running = _checksum(order, content[at + _FRAME : at + step], running)
        if running != struct.unpack_from(">2I", content, at + 16):
            return _told(len(content) - at, "fails its checksum")
        at += step
    if at + step > len(content):
        return _told(len(content) - at, "is cut") if at < len(content) else None
    if not _is_older(content, at, step, salt1):
        return _told(len(content) - at, "is overwritten")
    return None


def _has_header(content: bytes) -> bool:
    if len(content) < _HEADER:
        return False
    magic, *_, sum1, sum2 = struct.unpack_from(">8I", content)
    order = ">" if magic & 1 else "<"
    return magic >> 1 == 0x377F0682 >> 1 and _checksum(order, content[:24], (0, 0)) == (sum1, sum2)


def _is_older(content: bytes, at: int, step: int, salt1: int) -> bool:
    """Whether frames of any earlier round follow: their salts are a little lower than the present one."""
    return all(
        0 < (salt1 - struct.unpack_from(">I", content, place + 8)[0]) & 0xFFFFFFFF < 1 << 20
        for place in range(at, len(content) - step + 1, step)
    )


def _told(count: int, how: str) -> str:
    return f"the end of the journal's log {how}: {count} bytes were dropped, and the values in them are lost"


def _checksum(order: str, content: bytes, start: tuple[int, int]) -> tuple[int, int]:
    s0, s1 = start
    for x0, x1 in np.frombuffer(content, f"{order}u4").reshape(-1, 2).tolist():
        s0 = (s0 + x0 + s1) & 0xFFFFFFFF
        s1 = (s1 + x1 + s0) & 0xFFFFFFFF
    return s0, s1
