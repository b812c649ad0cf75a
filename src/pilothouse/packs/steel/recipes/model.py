"""What was learnt of the recipes, and what it says of every declared effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.decision.steering import Learnt
from pilothouse.packs.steel.recipes.declaration import RecipeBook
from pilothouse.packs.steel.recipes.effects import USUAL_LOG_ODDS, USUAL_OF_SPREAD, Line, Odds, expected_effects
from pilothouse.packs.steel.recipes.plan import Costs

Array = NDArray[np.float64]

IDENTIFIED: Final = 0.7
"""An effect is told by trials once it is known this much better than it was believed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecipeModel:
    """What was learnt of the recipes.

    Parameters
    ----------
    book
        What was declared.
    lines, planned
        By group and measured quality: those that know what foretells a piece, and those that plan for kinds.
    odds
        By quality that inspection tells, or that suffers with the age of a service.
    centres
        Steps of every lever by kind (levers,).
    naive
        Newest mean excess, by measured quality and kind.
    """

    book: RecipeBook
    lines: Mapping[tuple[str, str], Line]
    planned: Mapping[tuple[str, str], Line]
    odds: Mapping[str, Odds]
    centres: Mapping[str, Array]
    naive: Mapping[tuple[str, str], float]

    def costs(self, kind: str, own: Mapping[str, float] | None = None) -> Costs:
        """What a piece costs: of its kind, or what it itself foretells."""
        group = self.book.groups[kind]
        known = self.planned if own is None else self.lines
        lines = {quality: line for (of, quality), line in known.items() if of == group and kind in line.kinds}
        return Costs(book=self.book, kind=kind, lines=lines, odds=self.odds, own=own or {})

    def effects(self) -> tuple[Learnt, ...]:
        """Every effect that is declared, with what is believed of it now."""
        found: list[Learnt] = []
        levers = self.book.levers
        for (group, quality), line in self.planned.items():
            expected, sd = expected_effects(
                levers, quality, USUAL_OF_SPREAD * self.lines[group, quality].posterior.spread
            )
            by_piece = self.lines[group, quality].effects
            for k, lever in enumerate(levers):
                mean, covariance = by_piece if lever.by_piece else line.effects
                if quality in lever.acts_on:
                    found.append(_learnt((lever.key, quality, group), (expected[k], sd[k]), mean[k], covariance[k, k]))
        for quality, odds in self.odds.items():
            expected, sd = expected_effects(levers, quality, USUAL_LOG_ODDS)
            mean, covariance = odds.effects(len(levers))
            for k, lever in enumerate(levers):
                if quality in lever.acts_on and not any(
                    q.key == quality and q.is_measured for q in self.book.qualities
                ):
                    found.append(_learnt((lever.key, quality, ""), (expected[k], sd[k]), mean[k], covariance[k, k]))
        return tuple(found)


def _learnt(which: tuple[str, str, str], expected: tuple[float, float], mean: float, variance: float) -> Learnt:
    lever, quality, group = which
    sd = float(np.sqrt(variance))
    return Learnt(
        lever=lever,
        quality=quality,
        group=group,
        expected=float(expected[0]),
        value=float(mean),
        low=float(mean) - 1.96 * sd,
        high=float(mean) + 1.96 * sd,
        unit="of the limit" if group else "log-odds",
        is_identified=sd < IDENTIFIED * float(expected[1]),
    )
