"""Bytes to text: which encoding a file is written in, and what to do with bytes that are damaged.

The headers that the mapping expects are the best witness: the encoding in which they can be read is the right one.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from pilothouse.connect.files.pattern import Expected
from pilothouse.errors import SourceError

# The longer marks first: the mark of UTF-32 begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODE_PAGES: Final = ("cp1251", "cp1252", "latin-1", "cp866", "koi8-r")
_CYRILLIC_WORD: Final = re.compile("[А-Яа-яЁё]{3}")
_SAMPLE_BYTES: Final = 1 << 20
UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands where a byte could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The text of a file.

    Parameters
    ----------
    text
        What is written, without a byte order mark.
    encoding
        In which it was read.
    damaged
        How many places could not be read; each holds :data:`UNREADABLE`.
    """

    text: str
    encoding: str
    damaged: int = 0


def decode(data: bytes, expected: Expected, *, declared: str | None, file: str) -> Decoded:
    """The text of a file in the declared encoding, or in the one that fits best.

    Parameters
    ----------
    data
        The file's bytes.
    expected
        Headers that should be readable in the first line.
    declared
        What the mapping says; None to find out.
    file
        Its name, for messages.

    Raises
    ------
    SourceError
        If the file is empty, or is not written in the declared encoding.

    Examples
    --------
    >>> expected = Expected.of(["Температура"])
    >>> found = decode("Температура;°C".encode("cp1251"), expected, declared=None, file="t.csv")
    >>> found.encoding, found.text
    ('cp1251', 'Температура;°C')
    """
    marked = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), None)
    body, by_mark = (data[len(marked[0]) :], marked[1]) if marked else (data, None)
    if declared is not None:
        decoded = _as_declared(body, expected, declared=declared, by_mark=by_mark, file=file)
    else:
        decoded = _lenient(body, by_mark) if by_mark is not None else _best(body, expected)
    if not decoded.text.replace("\x00", "").strip():
        raise SourceError("the file is empty", hint="export it again", file=file)
    return decoded


def _as_declared(data: bytes, expected: Expected, *, declared: str, by_mark: str | None, file: str) -> Decoded:
    """The text as the mapping says, unless the bytes speak against it."""
    decoded = _lenient(data, by_mark if by_mark and by_mark.startswith(_plain(declared)) else declared)
    found = _best(data, expected) if by_mark is None else _lenient(data, by_mark)
    if found.encoding == decoded.encoding:
        return decoded
    is_better = expected.spoken_in(_head(found.text)) > expected.spoken_in(_head(decoded.text))
    if is_better or (decoded.damaged and not found.damaged):
        raise SourceError(
            f"the file is not written in {declared}: {_evidence(decoded)}",
            hint=f'set encoding = "{found.encoding}", or leave encoding out to have it found',
            file=file,
        )
    return decoded


def _evidence(decoded: Decoded) -> str:
    if not decoded.damaged:
        return f"its first line reads {_head(decoded.text)[:60]!r}"
    line = decoded.text.count("\n", 0, decoded.text.index(UNREADABLE)) + 1
    return f"{decoded.damaged} places cannot be read, the first in line {line}"


def _best(data: bytes, expected: Expected) -> Decoded:
    """UTF-8 where it fits; else the encoding in which most of the headers can be read."""
    wide = _without_mark(data)
    if wide is not None:
        return _lenient(data, wide)
    as_utf8 = _lenient(data, "utf-8")
    if not as_utf8.damaged:
        return as_utf8
    head = data.lstrip().split(b"\n", 1)[0]
    scores = {name: expected.spoken_in(_tolerant(head, name)) for name in ("utf-8", *_CODE_PAGES)}
    most = max(scores.values())
    fitting = [name for name, score in scores.items() if score == most]
    many_bytes = sum(c > "\x7f" for c in as_utf8.text[:_SAMPLE_BYTES]) - as_utf8.damaged
    if "utf-8" in fitting and (len(fitting) == 1 or many_bytes >= as_utf8.damaged):
        return as_utf8
    pages = [name for name in fitting if name != "utf-8"]
    is_cyrillic = bool(_CYRILLIC_WORD.search(_tolerant(data[:_SAMPLE_BYTES], "cp1251")))
    wish = "cp1251" if is_cyrillic else "cp1252"
    return _lenient(data, wish if wish in pages else pages[0])


def _without_mark(data: bytes) -> str | None:
    """UTF-16 without a mark shows by its zero bytes, which no other text has."""
    sample = data[:4096]
    if sample.count(0) * 4 < len(sample):
        return None
    return "utf-16-le" if sample[1::2].count(0) >= sample[0::2].count(0) else "utf-16-be"


def _lenient(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, errors="replace")
    return Decoded(text=text, encoding=_plain(encoding), damaged=text.count(UNREADABLE))


def _tolerant(data: bytes, encoding: str) -> str:
    return data.decode(encoding, errors="replace")


def _plain(encoding: str) -> str:
    """One name for each encoding: ``UTF8``, ``utf-8-sig`` and ``utf-8`` are one."""
    name = codecs.lookup(encoding).name
    return {"utf-8-sig": "utf-8", "iso8859-1": "latin-1"}.get(name, name)


def _head(text: str) -> str:
    return text.lstrip().split("\n", 1)[0]
