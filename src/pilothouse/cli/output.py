"""What commands say: tables for people, JSON for programs, progress on anything over a second."""

import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pilothouse.errors import PilothouseError

PIPED_WIDTH: Final = 200
"""Where nobody watches, no table is cut to the width of a screen."""

people = Console(highlight=False)
aside = Console(stderr=True, highlight=False)
"""Progress and errors go aside, so that output can be piped."""


def say(text: str, style: str | None = None) -> None:
    """One line for people, to the letter: names may hold brackets, and a pipe gets no other line breaks."""
    people.print(text, style=style, markup=False, soft_wrap=True)


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


def number(value: float, span: float, digits: int = 3) -> str:
    """A number with the digits that matter: so many of the span in which it moves, and at least whole ones.

    Examples
    --------
    >>> number(1078.31, 8000.0), number(18.64, 30.0), number(0.3517, 0.4), number(1592.43, 31.2, digits=2)
    ('1,078', '18.6', '0.352', '1,592')
    """
    size = max(abs(span), abs(value) * 1e-3)
    decimals = 0 if size == 0.0 else min(max(digits - 1 - math.floor(math.log10(size)), 0), 9)
    return f"{value:,.{decimals}f}"


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table for people; columns whose name ends in ``>`` stand to the right."""
    drawn = Table(
        title=escape(title),
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for column in columns:
        drawn.add_column(column.removesuffix(">"), justify="right" if column.endswith(">") else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*map(escape, row))
    _paper().print(drawn)


def facts(rows: Iterable[tuple[str, str]]) -> None:
    """Facts for people, each under its word; long ones go on beside it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for word, fact in rows:
        grid.add_row(Text(word), Text(fact))
    _paper().print(grid)


def _paper() -> Console:
    """Where tables are drawn: as wide as the screen, or as wide as needed."""
    return people if people.is_terminal else Console(highlight=False, width=PIPED_WIDTH)


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
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=aside, disable=quiet) as bar:
        task = bar.add_task(what, total=None)

        def step(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield step
