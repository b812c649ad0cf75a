"""The watermark: up to where a table was read, kept in a file beside the stores, so that a restart goes on there."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeAlias

from pilothouse.errors import SourceError

Mark: TypeAlias = datetime | int | str
"""An instant, a whole number, or an instant as ISO text, as the database gives it."""


_READ: Final[Mapping[str, Callable[[str], Mark]]] = {"instant": datetime.fromisoformat, "number": int, "text": str}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """The greatest mark that was read and made durable; None before the first row.

    Examples
    --------
    >>> Watermark(mark=120).since(20.0)
    100
    >>> Watermark(mark="2026-05-03T12:00:00").since(60.0)
    '2026-05-03T11:59:00'
    """

    mark: Mark | None = None

    def since(self, lookback: float) -> Mark | None:
        """From where to read again: a lookback (seconds, or numbers) before the mark."""
        if self.mark is None:
            return None
        if isinstance(self.mark, int):
            return self.mark - int(lookback)
        if isinstance(self.mark, datetime):
            return self.mark - timedelta(seconds=lookback)
        try:
            earlier = datetime.fromisoformat(self.mark) - timedelta(seconds=lookback)
        except ValueError:
            return self.mark
        return earlier.isoformat(sep=" " if " " in self.mark else "T")

    def is_before(self, mark: Mark) -> bool:
        """Whether a mark of the same column is greater."""
        return self.mark is None or bool(mark > self.mark)  # type: ignore[operator]

    @staticmethod
    def read(path: Path) -> "Watermark":
        """The watermark in a file; none where there is no file.

        Raises
        ------
        SourceError
            If the file is not one.
        """
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            mark = _READ[told["kind"]](told["mark"])
        except FileNotFoundError:
            return Watermark()
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise SourceError(
                f"the watermark cannot be read: {error}", hint="delete the file to read all rows again", file=str(path)
            ) from error
        return Watermark(mark=mark)

    def write(self, path: Path) -> None:
        """Keep it, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = "instant" if isinstance(self.mark, datetime) else "number" if isinstance(self.mark, int) else "text"
        mark = self.mark.isoformat() if isinstance(self.mark, datetime) else self.mark
        draft = path.with_suffix(".tmp")
        with draft.open("w", encoding="utf-8") as file:
            json.dump({"kind": kind, "mark": mark}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def as_mark(value: object) -> Mark | None:
    """A cell of the watermark's column as a mark; None where it is empty or no mark at all."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, datetime | int):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, Decimal) and value == int(value):
        return int(value)
    return value if isinstance(value, str) and value else None
