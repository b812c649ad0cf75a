"""The source that watches a folder and has its files imported once they are whole."""

import asyncio
from pathlib import Path

from pilothouse.clock import stopwatch_s
from pilothouse.connect.declaration import Connection
from pilothouse.connect.drop.folder import WatchedFolder, read_known, write_known
from pilothouse.connect.drop.settings import DropSettings
from pilothouse.errors import SourceError
from pilothouse.ports import FileSink, FilesTaken, Health, Sink


class DropSource:
    """Watches one folder; see :class:`pilothouse.ports.Source`."""

    def __init__(self, connection: Connection) -> None:
        assert isinstance(connection.settings, DropSettings)
        self._connection = connection
        self._settings = connection.settings
        self._folder = connection.root / connection.settings.folder
        self._list = connection.root / "store" / "connections" / f"{connection.key}.json"

    @property
    def key(self) -> str:
        """Key of its connection."""
        return self._connection.key

    async def run(self, sink: Sink, health: Health) -> None:
        """Look, import what is whole, wait, look again.

        Raises
        ------
        SourceError
            If the folder cannot be read, or where nobody imports files.
        """
        if not isinstance(sink, FileSink):
            raise SourceError("files are imported in the hub itself", hint="leave out workers =")
        watched = WatchedFolder(
            folder=self._folder,
            pattern=self._settings.pattern,
            settle_s=self._settings.settle_s,
            known=read_known(self._list),
        )
        while True:
            whole = await asyncio.to_thread(watched.settled, stopwatch_s())
            health.state = "running"
            health.counts["waiting"] = watched.waiting
            if whole:
                taken = await sink.take_files(self.key, self._folder, names=tuple(whole), beside=tuple(watched.known))
                health.count("files", len(whole))
                health.count("rows", taken.rows)
                health.count("rejected", taken.rejected)
                health.count("failed", len(taken.failures))
                health.why = "; ".join(taken.failures.values())
                watched.known.update(whole)
                if self._settings.after == "move":
                    await asyncio.to_thread(_move, self._folder, tuple(whole), taken)
                    for name in whole:
                        del watched.known[name]
                await asyncio.to_thread(write_known, self._list, watched.known)
                health.counts["waiting"] = watched.waiting
            await asyncio.sleep(self._settings.poll_s)


def _move(folder: Path, names: tuple[str, ...], taken: FilesTaken) -> None:
    """Imported files into one folder, unreadable ones into another; a name that is taken there gets a number."""
    for name in names:
        goal = folder / ("failed" if name in taken.failures else "imported")
        goal.mkdir(exist_ok=True)
        target, number = goal / name, 1
        while target.exists():
            target, number = goal / f"{Path(name).stem}-{number}{Path(name).suffix}", number + 1
        try:
            (folder / name).rename(target)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SourceError(f"{name} cannot be moved: {error.strerror}", hint="check the folder's rights") from error
