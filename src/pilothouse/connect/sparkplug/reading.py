"""Values out of a payload, one metric after the other: the loop that everything passes."""

from collections.abc import Iterable
from math import nan
from typing import Final

from pilothouse.connect.batch import Batch
from pilothouse.connect.sparkplug.births import OF_PROTOCOL, Births, Metric
from pilothouse.plant.frame import BAD, GOOD
from pilothouse.plant.sample import Passage
from pilothouse.ports import Health
from pilothouse.wire.sparkplug import Datatype, Payload
from pilothouse.wire.sparkplug.datatype import NUMBER_FIELDS, signed
from pilothouse.wire.sparkplug.metric import NS_PER_MS, instant_ns, quality

_LAST_MS: Final = (2**63 - 1) // NS_PER_MS


class Reader:
    """Reads metrics into a batch and counts what it could not read.

    Parameters
    ----------
    batch
        Where values and passages go.
    health
        Where is counted: ``malformed`` metrics, those ``unasked``, ``datasets``.
    """

    def __init__(self, batch: Batch, health: Health) -> None:
        self._batch = batch
        self._health = health

    def read(self, payload: Payload, births: Births, *, received_ns: int) -> int:
        """Read a payload; says how many of its metrics were never born."""
        at_ns = instant_ns(payload.timestamp)
        return self._read(payload.metrics, births, received_ns if at_ns is None else at_ns, "", received_ns)

    def _read(  # noqa: C901 - one loop, for its speed: every call more costs as much as the rest of a value
        self, metrics: Iterable[Payload.Metric], births: Births, told_ns: int, within: str, received_ns: int
    ) -> int:
        by_name, by_alias, add = births.by_name, births.by_alias, self._batch.add
        unknown = 0
        rest = iter(metrics)
        while True:
            try:
                for one in rest:
                    name = one.name
                    if name:
                        metric = by_name.get(within + name)
                    else:
                        metric = by_alias.get(one.alias)
                        if metric is not None and not metric.alias and not one.HasField("alias"):
                            self._health.count("malformed")  # neither name nor alias: 0 is what a missing alias reads
                            continue
                    if metric is None:
                        unknown += within + name not in OF_PROTOCOL
                        continue
                    if not metric.field or metric.parameter < 0:
                        self._read_other(one, metric, births, told_ns, received_ns)
                        continue
                    value = getattr(one, metric.field)
                    if not value and not one.HasField(metric.field):
                        value = self._elsewhere(one, metric)
                    elif metric.bits:
                        value = signed(value, metric.bits)
                    told_ms = one.timestamp
                    at_ns = told_ms * NS_PER_MS if told_ms else told_ns
                    if told_ms > _LAST_MS:
                        self._health.count("malformed")
                        continue
                    status = quality(one.properties) if one.HasField("properties") else GOOD
                    add(metric.parameter, at_ns, value, status, is_replayed=one.is_historical)
            except (UnicodeDecodeError, TypeError):  # a text that is none comes as bytes; the next metric is read again
                self._health.count("malformed")
            else:
                return unknown

    def _elsewhere(self, one: Payload.Metric, metric: Metric) -> float:
        """A number that does not stand where its type says; nan where there is none."""
        if one.is_null:
            return nan
        field = one.WhichOneof("value")
        if field in NUMBER_FIELDS:
            raw = getattr(one, field)
            return signed(raw, metric.bits) if metric.bits and isinstance(raw, int) else float(raw)
        self._health.count("malformed")
        return nan

    def _read_other(self, one: Payload.Metric, metric: Metric, births: Births, told_ns: int, received_ns: int) -> None:
        """A metric that is no plain number that somebody asked for."""
        at_ns = instant_ns(one.timestamp) if one.timestamp else told_ns
        if at_ns is None:
            self._health.count("malformed")
        elif metric.datatype == Datatype.TEMPLATE:
            if not one.template_value.is_definition:
                members = one.template_value.metrics
                strange = self._read(members, births, at_ns, f"{metric.name}/", received_ns)
                if strange:  # an instance may hold members that its birth left out; no birth would name them
                    self._health.count("unasked", strange)
        elif metric.datatype == Datatype.DATASET:
            self._health.count("datasets")
        elif metric.place:
            self._read_piece(one, metric, at_ns, received_ns)
        elif metric.parameter >= 0:
            self._read_loosely(one, metric, at_ns)
        elif metric.name not in OF_PROTOCOL:
            self._health.count("unasked")

    def _read_piece(self, one: Payload.Metric, metric: Metric, at_ns: int, received_ns: int) -> None:
        field = one.WhichOneof("value")
        if one.is_null:
            piece = ""
        elif field == "string_value" and isinstance(one.string_value, str):
            piece = one.string_value.strip()
        elif field in NUMBER_FIELDS:
            piece = f"{getattr(one, field):.15g}"
        else:
            self._health.count("malformed")
            return
        passage = Passage(place=metric.place, piece=piece, since_ns=at_ns, received_ns=received_ns)
        self._batch.passages.append(passage)

    def _read_loosely(self, one: Payload.Metric, metric: Metric, at_ns: int) -> None:
        """A parameter whose metric was born as a text, or without a type."""
        field = one.WhichOneof("value")
        value, status = nan, BAD
        if field in NUMBER_FIELDS:
            value, status = float(getattr(one, field)), GOOD
        elif field == "string_value":
            try:
                value, status = float(one.string_value.replace("_", "?")), GOOD
            except ValueError:
                self._health.count("malformed")
        elif not one.is_null:
            self._health.count("malformed")
        if status == GOOD and one.HasField("properties"):
            status = quality(one.properties)
        self._batch.add(metric.parameter, at_ns, value, status, is_replayed=one.is_historical)
