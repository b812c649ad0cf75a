"""A write brought into order: batches become one array over the present columns, then frames by place and hour."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_H
from pilothouse.errors import UnknownParameterError, use_known
from pilothouse.historian.series.frame import Values, encode, encode_row
from pilothouse.historian.series.journal import Entry
from pilothouse.historian.series.newest import Batch, Newest
from pilothouse.plant.frame import ORIGINS
from pilothouse.plant.sample import NO_PIECE, Passage, Samples

_MOST_MAPS = 256


class Intake:
    """Brings batches into order for the present columns.

    Parameters
    ----------
    newest
        Which columns there are.
    """

    def __init__(self, newest: Newest) -> None:
        self._newest = newest
        self._maps: dict[tuple[str, ...], NDArray[np.int64]] = {}
        self._pieces: dict[str, Passage] = {}

    def batch(self, samples: Sequence[Samples]) -> Batch:
        """All values of a write, sorted by column, then source time, then time of knowledge.

        Raises
        ------
        UnknownParameterError
            If one is of a parameter that is not declared; then nothing is stored.
        """
        told = [s for s in samples if len(s)]
        if len(told) == 1:
            s = told[0]
            columns = self._map(s.parameters)[s.which]
            known = np.full(len(s), s.received_ns)
            origins = np.full(len(s), ORIGINS.index(s.origin), np.uint8)
            batch = Batch(
                columns=columns,
                source_ns=np.asarray(s.source_ns, np.int64),
                known_ns=known,
                values=np.asarray(s.values, np.float64) + 0.0,  # -0.0 is 0.0
                statuses=np.asarray(s.statuses, np.uint8),
                origins=origins,
            )
        else:
            batch = Batch(
                columns=np.concatenate([np.zeros(0, np.int64), *(self._map(s.parameters)[s.which] for s in told)]),
                source_ns=np.concatenate([np.zeros(0, np.int64), *(s.source_ns for s in told)]),
                known_ns=np.concatenate([np.zeros(0, np.int64), *(np.full(len(s), s.received_ns) for s in told)]),
                values=np.concatenate([np.zeros(0), *(s.values for s in told)]) + 0.0,
                statuses=np.concatenate([np.zeros(0, np.uint8), *(s.statuses for s in told)]),
                origins=np.repeat(np.array([ORIGINS.index(s.origin) for s in told], np.uint8), [len(s) for s in told]),
            )
        if (batch.columns[1:] > batch.columns[:-1]).all():
            return batch
        order = np.lexsort((batch.known_ns, batch.source_ns, batch.columns))
        return Batch(
            columns=batch.columns[order],
            source_ns=batch.source_ns[order],
            known_ns=batch.known_ns[order],
            values=batch.values[order],
            statuses=batch.statuses[order],
            origins=batch.origins[order],
        )

    def passages(self, samples: Sequence[Samples]) -> list[Passage]:
        """Which pieces the values name: one of another piece than the value before is a passage of its parameter."""
        found = []
        last: dict[str, Passage] = {}
        for s in samples:
            if s.of is None:
                continue
            for k in np.flatnonzero(s.of != NO_PIECE):
                key, piece, since_ns = s.parameters[s.which[k]], s.pieces[s.of[k]], int(s.source_ns[k])
                before = last.get(key) or self._pieces.get(key)
                if before is not None and before.piece == piece and since_ns >= before.since_ns:
                    continue
                told = Passage(place=key, piece=piece, since_ns=since_ns, received_ns=s.received_ns)
                if before is None or since_ns > before.since_ns:
                    last[key] = told
                found.append(told)
        return found

    def passed(self, passages: Sequence[Passage]) -> None:
        """These passages are stored."""
        for told in passages:
            before = self._pieces.get(told.place)
            if before is None or told.since_ns > before.since_ns:
                self._pieces[told.place] = told

    def frames(self, batch: Batch, seq: int) -> Iterator[tuple[Entry, bytes]]:
        """The frames of a batch, one a place, hour and origin, numbered from ``seq`` on."""
        with np.errstate(over="ignore", invalid="ignore"):
            exact = (batch.values.astype(np.float32) == batch.values) | np.isnan(batch.values)
        hours = batch.source_ns // NS_PER_H
        uniform = bool((hours == hours[0]).all() and (batch.origins == batch.origins[0]).all())
        cuts = np.searchsorted(batch.columns, self._newest.begins).tolist()
        at_once = uniform and bool((batch.source_ns == batch.source_ns[0]).all())
        at_once = at_once and bool((batch.known_ns == batch.known_ns[0]).all())
        if at_once and len(batch) == len(self._newest.keys):
            yield from self._full_row(batch, exact, seq)
            return
        for k, layout in enumerate(self._newest.layouts):
            begin, end = cuts[k], cuts[k + 1]
            if begin == end:
                continue
            here = slice(begin, end)
            groups: list[slice | NDArray[np.int64]] = [here]
            if not uniform:
                of = np.stack([hours[here], batch.origins[here].astype(np.int64)], axis=1)
                _, group = np.unique(of, axis=0, return_inverse=True)
                group = group.reshape(-1)
                groups = [begin + np.flatnonzero(group == g) for g in range(int(group.max()) + 1)]
            for rows in groups:
                told = Values(
                    columns=batch.columns[rows] - self._newest.begins[k],
                    source_ns=batch.source_ns[rows],
                    known_ns=batch.known_ns[rows],
                    values=batch.values[rows],
                    statuses=batch.statuses[rows],
                )
                origin = int(batch.origins[rows][0])
                frame = encode(told, len(layout.columns), origin, exact32=bool(exact[rows].all()))
                seq += 1
                first, last = int(told.source_ns.min()), int(told.source_ns.max())
                yield Entry(seq, layout.number, first // NS_PER_H, first, last, len(told.columns)), frame

    def _full_row(self, batch: Batch, exact: NDArray[np.bool_], seq: int) -> Iterator[tuple[Entry, bytes]]:
        """Every column once, at one instant: what comes in nearly always, and the way that has to be quick."""
        at_ns, known_ns, origin = int(batch.source_ns[0]), int(batch.known_ns[0]), int(batch.origins[0])
        statuses = batch.statuses if batch.statuses.any() else None
        short = batch.values.astype(np.float32) if exact.all() else None
        begins = self._newest.begins.tolist()
        for k, layout in enumerate(self._newest.layouts):
            here = slice(begins[k], begins[k + 1])
            values = batch.values[here] if short is None else short[here]
            if short is None and exact[here].all():
                values = values.astype(np.float32)
            frame = encode_row(at_ns, known_ns, origin, values, None if statuses is None else statuses[here])
            seq += 1
            yield Entry(seq, layout.number, at_ns // NS_PER_H, at_ns, at_ns, here.stop - here.start), frame

    def _map(self, parameters: tuple[str, ...]) -> NDArray[np.int64]:
        """The column of each parameter of a batch; batches of one source name the same ones again and again."""
        known = self._maps.get(parameters)
        if known is None:
            strange = [p for p in parameters if p not in self._newest.at]
            if strange:
                raise UnknownParameterError(
                    f"parameter {strange[0]!r} is not declared, nothing of the write was stored",
                    hint=use_known(strange[0], self._newest.keys),
                )
            if len(self._maps) >= _MOST_MAPS:
                self._maps.clear()
            known = self._maps[parameters] = np.array([self._newest.at[p] for p in parameters], np.int64)
        return known
