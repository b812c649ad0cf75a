"""What a ``[[connection]]`` of kind ``drop`` declares.

::

    [[connection]]
    key = "shift-files"
    kind = "drop"
    folder = "incoming"               # absolute, or from the plant folder
    poll_s = 5.0                      # how often it is looked at
    settle_s = 3.0                    # a file is whole when it has not changed for so long
    pattern = "*"                     # which files; what ends in .tmp, .part or .crdownload never is
    after = "keep"                    # or "move": imported files go to `imported/`, unreadable ones to `failed/`

What the columns of the files mean stands under ``[[import]]`` as for ``pilothouse import``.
"""

from dataclasses import dataclass
from typing import Final

from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

AFTER: Final = ("keep", "move")


@dataclass(frozen=True, slots=True, kw_only=True)
class DropSettings:
    """Which folder is watched, and how."""

    folder: str
    poll_s: float
    settle_s: float
    pattern: str
    after: str


def read_settings(table: Table, plant: Plant) -> DropSettings | None:
    """The settings of a table; what is wrong is noted there."""
    del plant
    return table.make(
        DropSettings,
        folder=table.text("folder"),
        poll_s=table.number("poll_s", default=5.0, low=0.05),
        settle_s=table.number("settle_s", default=3.0, low=0.0),
        pattern=table.text("pattern", default="*"),
        after=table.choice("after", AFTER, default="keep"),
    )
