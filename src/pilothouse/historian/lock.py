"""The lock that keeps a store to one writing process; the system releases it even after a kill -9."""

import os
import sys
from pathlib import Path
from typing import Self

from pilothouse.errors import StoreError, StoreLockedError

LOCK_NAME = "writer.lock"


class WriterLock:
    """Held from construction until :meth:`release`.

    Parameters
    ----------
    root
        The store's folder; it exists.

    Raises
    ------
    StoreLockedError
        If another writer, in this process or another, holds it.
    """

    def __init__(self, root: Path) -> None:
        path = root / LOCK_NAME
        try:
            self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(
                f"the store cannot be written: {error.strerror}", hint="check who owns the folder", store=str(root)
            ) from error
        try:
            _lock(self._descriptor)
        except OSError as error:
            holder = os.pread(self._descriptor, 32, 1).decode(errors="replace").strip() if _HAS_PREAD else ""
            self.release()
            raise StoreLockedError(
                "another process writes this store" + (f" (process {holder})" if holder else ""),
                hint="close it first, or open the store with read_only=True",
                store=str(root),
            ) from error
        # The first byte is what is locked, so that on Windows others can still read who holds it.
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, f" {os.getpid():<31}".encode())

    def release(self) -> None:
        """Let others write; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        """Hold it for a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release it."""
        self.release()


_HAS_PREAD = hasattr(os, "pread")

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        """Lock the first byte or raise OSError at once."""
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        """Lock the open file or raise OSError at once."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
