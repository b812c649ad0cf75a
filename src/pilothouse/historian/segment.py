"""Segments: what one write left on disk, sealed for ever under a name that proves its content.

A segment is one Parquet file ``<unit>/<sequence>-<size>-<footer>-<content>.parquet``: its sequence number, its
size in bytes, and SHA-256 digests (shortened) of its footer and of the whole. It is written beside as ``.tmp``,
brought to the disk, and then renamed: the rename is the commit, so there is no catalogue that could disagree
with the folder. Nothing of a file is parsed before its digest was checked, for a damaged Parquet file can end
the process that reads it.
"""

import hashlib
import io
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict
from urllib.parse import quote

import polars as pl

from pilothouse.errors import SchemaDriftError, StoreCorruptError, StoreError
from pilothouse.plant.frame import KEY_COLUMNS, parameters_of

SCHEMA: Final = 2
"""Newest version of the stored shape; a file of a newer one is refused, older ones are read as they are."""

SCHEMA_OF_VALUES: Final = 1
"""What segments of values are written in: it has not changed since the first; origins came with the second."""

GENEALOGY: Final = ""
"""Stands for the unit of a segment that holds origins: no unit of values has an empty name."""

SET_ASIDE: Final = ".damaged"
"""Ending under which a damaged or lost segment is known to be so: the store opens without it."""

_NAME: Final = re.compile(r"(\d{12})-(\d+)-([0-9a-f]{8})-([0-9a-f]{16})\.parquet")
_NUMBER: Final = re.compile(r"(\d{12})\b.*\.damaged")
_META: Final = "pilothouse"
_MAGIC: Final = b"PAR1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One sealed file and what is in it.

    Parameters
    ----------
    path, size
        The file and its bytes.
    sequence
        Its number in the store: one more than that of the write before.
    unit
        Whose rows it holds; :data:`GENEALOGY` where they are origins.
    received_ns
        When they were written.
    rows, values
        How many.
    columns
        All columns it has.
    first_ns, last_ns
        Earliest start and latest end in it; of origins, earliest and latest instant of knowledge.
    """

    path: Path
    size: int
    sequence: int
    unit: str
    received_ns: int
    rows: int
    values: int
    columns: tuple[str, ...]
    first_ns: int
    last_ns: int

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of which it says something."""
        return tuple(c for c in self.columns if c not in KEY_COLUMNS and not c.endswith("#"))


class _Facts(TypedDict):
    """What a segment's footer says of it."""

    schema: int
    unit: str
    sequence: int
    received_ns: int
    rows: int
    values: int
    columns: list[str]
    first_ns: int
    last_ns: int


def seal(root: Path, unit: str, sequence: int, received_ns: int, rows: pl.DataFrame) -> Segment:
    """Store rows so that they are there as a whole after any crash, or not at all.

    Raises
    ------
    StoreError
        If the disk refuses; then nothing was stored.
    """
    first, last = ("known_ns", "known_ns") if unit == GENEALOGY else ("start_ns", "end_ns")
    facts: _Facts = {
        "schema": SCHEMA if unit == GENEALOGY else SCHEMA_OF_VALUES,
        "unit": unit,
        "sequence": sequence,
        "received_ns": received_ns,
        "rows": rows.height,
        "values": 0 if unit == GENEALOGY else sum(rows.height - rows[p].null_count() for p in parameters_of(rows)),
        "columns": rows.columns,
        "first_ns": int(rows[first].to_numpy().min()),
        "last_ns": int(rows[last].to_numpy().max()),
    }
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd", metadata={_META: json.dumps(facts)})
    content = buffer.getvalue()
    name = f"{sequence:012d}-{len(content)}-{_digest(_footer(content), 8)}-{_digest(content, 16)}.parquet"
    path = root / _folder(unit) / name
    try:
        _commit(path, content)
    except OSError as error:
        _draft(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise StoreError(
            f"nothing was stored, the disk refused: {error.strerror}",
            hint="make room or mend the rights, then write again",
            file=str(path),
        ) from error
    return _segment(path, len(content), facts)


def open_segment(path: Path) -> Segment:
    """Look at a segment's name, size and footer; its content is checked when it is loaded.

    Raises
    ------
    StoreCorruptError
        If size or footer are not what the name says.
    SchemaDriftError
        If a newer Pilothouse wrote it.
    """
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise corrupt(path, "the name is not one that this store gives")
    size, footer = int(match[2]), match[3]
    try:
        found = path.stat().st_size
        if found != size:
            raise corrupt(path, f"expected {size} bytes, found {found}")
        with path.open("rb") as file:
            file.seek(-8, os.SEEK_END)
            ending = file.read(8)
            length = int.from_bytes(ending[:4], "little") + 8
            file.seek(-min(length, size), os.SEEK_END)
            tail = file.read(length)
    except OSError as error:
        raise StoreError(f"cannot be read: {error.strerror}", file=str(path)) from error
    if ending[4:] != _MAGIC or _digest(tail, 8) != footer:
        raise corrupt(path, "its footer is damaged")
    facts: _Facts = json.loads(pl.read_parquet_metadata(path)[_META])
    if facts["schema"] > SCHEMA:
        raise SchemaDriftError(
            f"expected schema {SCHEMA} or older, got {facts['schema']}",
            hint="open this store with the newer Pilothouse that wrote it",
            file=str(path),
        )
    return _segment(path, size, facts)


def load(segment: Segment, columns: Sequence[str]) -> pl.DataFrame:
    """Columns of a segment, after its whole content was checked.

    Raises
    ------
    StoreCorruptError
        If the content is not what was sealed.
    """
    content = checked_content(segment)
    return pl.read_parquet(io.BytesIO(content), columns=list(columns))


def checked_content(segment: Segment) -> bytes:
    """The bytes of a segment, proven to be those that were sealed.

    Raises
    ------
    StoreCorruptError
        If they are not.
    """
    try:
        content = segment.path.read_bytes()
    except OSError as error:
        raise corrupt(segment.path, f"it cannot be read: {error.strerror}") from error
    match = _NAME.fullmatch(segment.path.name)
    if match is None or len(content) != segment.size or _digest(content, 16) != match[4]:
        raise corrupt(segment.path, "its content is damaged")
    return content


def number_of(path: Path) -> int | None:
    """The sequence number in the name of a segment or of one set aside; None for any other file."""
    match = _NAME.fullmatch(path.name) or _NUMBER.fullmatch(path.name)
    return int(match[1]) if match else None


def corrupt(path: Path, why: str) -> StoreCorruptError:
    """The error for a segment that cannot be trusted, with what to do."""
    return StoreCorruptError(
        f"a segment of the historian cannot be used: {why}",
        hint=f"restore it from a backup, or add {SET_ASIDE} to its name and run `pilothouse import` again",
        file=str(path),
    )


def _segment(path: Path, size: int, facts: _Facts) -> Segment:
    return Segment(
        path=path,
        size=size,
        sequence=facts["sequence"],
        unit=facts["unit"],
        received_ns=facts["received_ns"],
        rows=facts["rows"],
        values=facts["values"],
        columns=tuple(facts["columns"]),
        first_ns=facts["first_ns"],
        last_ns=facts["last_ns"],
    )


def _commit(path: Path, content: bytes) -> None:
    """Write, bring to the disk, rename, bring the rename to the disk."""
    if not path.parent.is_dir():
        path.parent.mkdir()
        _sync_folder(path.parent.parent)
    draft = _draft(path)
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _draft(path: Path) -> Path:
    """Where a segment is written before it is sealed."""
    return path.with_name(path.name.partition("-")[0] + ".tmp")


def _sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk; Windows does it by itself and cannot be asked."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder(unit: str) -> str:
    """A folder name for a unit; two units may share one, for a segment itself says whose it is."""
    if unit == GENEALOGY:
        return "genealogy"
    return "".join(c if c.isalnum() or c in "_-" else "%2E" if c == "." else quote(c, safe="") for c in unit)


def _footer(content: bytes) -> bytes:
    """The end of a Parquet file: metadata, its length, the magic word."""
    return content[-(int.from_bytes(content[-8:-4], "little") + 8) :]


def _digest(content: bytes, letters: int) -> str:
    return hashlib.sha256(content).hexdigest()[:letters]
