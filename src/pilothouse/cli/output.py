"""What commands say: tables for people, JSON for programs, progress on anything over a second."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pilothouse.errors import PilothouseError

people = Console(highlight=False)
aside = Console(stderr=True, highlight=False)
"""Progress and errors go aside, so that output can be piped."""


def say_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def error_json(error: PilothouseError) -> dict[str, object]:
    """The one JSON shape of an error."""
    return {
        "ok": False,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "context": error.context,
    }


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table for people; columns whose name ends in ``>`` stand to the right."""
    drawn = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        drawn.add_column(column.removesuffix(">"), justify="right" if column.endswith(">") else "left")
    for row in rows:
        drawn.add_row(*row)
    people.print(drawn)


class Step(Protocol):
    """Told how much of a step is done, of how much."""

    def __call__(self, done: int, total: int) -> None:
        """Draw it."""
        ...


@contextmanager
def progress(what: str, *, quiet: bool = False) -> Iterator[Step]:
    """A progress bar for one step; without a known total it just turns."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=aside, disable=quiet) as bar:
        task = bar.add_task(what, total=None)

        def step(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield step
