"""What a benchmark gives: figures, each with its unit, and beside it a bar or a peer where there is one."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure.

    Parameters
    ----------
    name
        What was measured.
    value, unit
        What came out.
    bar
        What it has to keep, in words; empty where nothing is asked.
    keeps
        Whether it does; None where nothing is asked.
    """

    name: str
    value: float
    unit: str
    bar: str = ""
    keeps: bool | None = None

    @staticmethod
    def below(name: str, value: float, unit: str, bar: float) -> "Figure":
        """A figure that may be as high as the bar."""
        return Figure(name=name, value=value, unit=unit, bar=f"at most {bar:g}", keeps=value <= bar)

    @staticmethod
    def above(name: str, value: float, unit: str, bar: float) -> "Figure":
        """A figure that may be as low as the bar."""
        return Figure(name=name, value=value, unit=unit, bar=f"at least {bar:g}", keeps=value >= bar)

    @staticmethod
    def between(name: str, value: float, unit: str, low: float, high: float) -> "Figure":
        """A figure that has to lie in a range."""
        return Figure(name=name, value=value, unit=unit, bar=f"{low:g} to {high:g}", keeps=low <= value <= high)


def as_text(figures: Sequence[Figure]) -> str:
    """A table for people."""
    words = {None: "", True: "kept", False: "MISSED"}
    rows = [(f.name, f"{f.value:,.4g}", f.unit, f.bar, words[f.keeps]) for f in figures]
    widths = [max(len(row[k]) for row in rows) for k in range(5)]
    lines = [
        f"{name:<{widths[0]}}  {value:>{widths[1]}} {unit:<{widths[2]}}  {bar:<{widths[3]}}  {kept}".rstrip()
        for name, value, unit, bar, kept in rows
    ]
    return "\n".join(lines)
