"""Reject files: what an import did not take, with place and reason, so that it can be mended and imported again."""

import os
from pathlib import Path

import polars as pl

from pilothouse.connect.files.table import REJECTS
from pilothouse.errors import StoreError


def write_rejects(folder: Path, mapping: str, rejects: pl.DataFrame) -> Path | None:
    """Write the reject file of a mapping whole or not at all; it always tells of the last import.

    Parameters
    ----------
    folder
        Made where it is missing.
    mapping
        Key of the mapping: the file is ``<mapping>.csv``.
    rejects
        As :data:`~pilothouse.connect.files.table.REJECTS`.

    Returns
    -------
    Path or None
        The file; None, and no file, where nothing was rejected.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    path = folder / f"{mapping}.csv"
    beside = folder / f".{mapping}.csv.tmp"
    try:
        if rejects.is_empty():
            path.unlink(missing_ok=True)
            return None
        folder.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            # With a byte order mark, for spreadsheets else misread every letter that is not English.
            rejects.select(list(REJECTS)).sort("file", "line", maintain_order=True).write_csv(file, include_bom=True)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise StoreError(
            f"the reject file cannot be written: {error.strerror}",
            hint="make room, or check the rights of the folder, and import again",
            file=str(path),
        ) from error
    return path
