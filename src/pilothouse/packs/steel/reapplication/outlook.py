"""What metal is to come: which day, how much, and what it may be; from what was seen pass and how it went before.

A piece on its way is expected after the median time that pieces took from where it stands; it will test like the newest
of its kind, unless a virtual test says better. What is not yet in sight is expected at the rate of the last month.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Final

import numpy as np

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.reapplication import Passing, Tested
from pilothouse.packs.steel.reapplication.chances import Forecasts

NEWEST: Final = 200
"""So many newest pieces say how long a segment takes, and how a kind tests."""

RATE_D: Final = 30.0
"""Over so many days rates are counted: kinds come in campaigns, and this holds several of each."""

HORIZON_D: Final = 45.0
"""How far it is looked ahead, about a lead time."""

LEAST_TESTS: Final = 8
"""Before so many pieces of a kind were tested nothing is expected of it."""

OVERDUE_D: Final = 1.0
"""A piece that should be finished by now is expected within this."""

FIRST_RESIDENCE_D: Final = 15.0
"""Until anything was seen to finish: days from the first segment in sight (guessed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Metal that is to come.

    Parameters
    ----------
    kind
        What it is made for.
    ready_d
        Days from now.
    tonnes
        Prime metal, as usual for its kind.
    forecasts
        Mean and spread of its tests.
    """

    kind: str
    ready_d: float
    tonnes: float
    forecasts: Forecasts


@dataclass(slots=True, kw_only=True)
class Outlook:
    """What was seen so far of one plant's pieces.

    Parameters
    ----------
    sees_from
        Segment from which on pieces are counted one by one.
    kinds
        That are looked at.
    """

    sees_from: str
    kinds: frozenset[str]
    _seen: dict[str, list[Passing]] = field(default_factory=dict, init=False)
    _foretold: dict[str, Forecasts] = field(default_factory=dict, init=False)
    _took_d: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=NEWEST)))
    _tests: dict[str, deque[Tested]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=NEWEST)))
    _finished: deque[Tested] = field(default_factory=deque, init=False)

    def passing(self, passing: Passing) -> None:
        """A piece stands before a segment; it takes the place of what it was made of."""
        if passing.kind not in self.kinds:
            return
        if passing.piece not in self._seen:
            parent = next((key for key in passing.came_of if key in self._seen), None)
            if parent is None and passing.segment != self.sees_from:
                return
            self._seen[passing.piece] = [] if parent is None else self._seen.pop(parent)
            if parent in self._foretold:
                self._foretold[passing.piece] = self._foretold.pop(parent)
        self._seen[passing.piece].append(passing)

    def foretold(self, piece: str, forecasts: Forecasts) -> None:
        """A virtual test of a piece in sight."""
        if piece in self._seen:
            self._foretold[piece] = forecasts

    def tested(self, tested: Tested) -> None:
        """A piece is finished."""
        for passed in self._seen.pop(tested.piece, ()):
            self._took_d[passed.segment].append((tested.at_ns - passed.at_ns) / NS_PER_DAY)
        self._foretold.pop(tested.piece, None)
        if tested.made_for in self.kinds:
            self._tests[tested.made_for].append(tested)
            self._finished.append(tested)
            while tested.at_ns - self._finished[0].at_ns > RATE_D * NS_PER_DAY:
                self._finished.popleft()

    def rate_t_d(self, kind: str) -> float:
        """Tonnes a day of what was made for a kind in the last month."""
        if not self._finished:
            return 0.0
        span_d = max((self._finished[-1].at_ns - self._finished[0].at_ns) / NS_PER_DAY, 1.0)
        return sum(t.tonnes for t in self._finished if t.made_for == kind) / span_d

    def usual(self, kind: str) -> Forecasts | None:
        """How a kind tests: mean and spread of the newest; None while too few are known."""
        newest = self._tests[kind]
        if len(newest) < LEAST_TESTS:
            return None
        keys = set.intersection(*(set(t.tests) for t in newest))
        values = {key: np.array([t.tests[key] for t in newest]) for key in sorted(keys)}
        return {key: (float(listed.mean()), float(listed.std())) for key, listed in values.items()}

    def expected(self, at_ns: int) -> Iterator[Expected]:
        """All metal that is to come within the horizon."""
        usual = {kind: found for kind in sorted(self.kinds) if (found := self.usual(kind)) is not None}
        tonnes = {kind: fmean(t.tonnes for t in self._tests[kind]) for kind in usual}
        for piece, passed in self._seen.items():
            last = passed[-1]
            if last.kind in usual:
                since_d = (at_ns - last.at_ns) / NS_PER_DAY
                ready_d = max(self._residence_d(last.segment) - since_d, OVERDUE_D)
                known: Forecasts = {**usual[last.kind], **self._foretold.get(piece, {})}
                yield Expected(kind=last.kind, ready_d=ready_d, tonnes=tonnes[last.kind], forecasts=known)
        in_sight_d = self._residence_d(self.sees_from)
        for kind, forecasts in usual.items():
            rate = self.rate_t_d(kind)
            for day in range(int(in_sight_d), int(HORIZON_D)):
                yield Expected(kind=kind, ready_d=day + 0.5, tonnes=rate, forecasts=forecasts)

    def _residence_d(self, segment: str) -> float:
        """Median days from before a segment until finished."""
        took_d = self._took_d.get(segment)
        return median(took_d) if took_d else FIRST_RESIDENCE_D
