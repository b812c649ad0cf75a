"""Births: which metrics a node or device has, by name and alias, and what is asked of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pilothouse.wire.sparkplug import Datatype, Payload
from pilothouse.wire.sparkplug.datatype import FIELD, NUMBER_FIELDS, SIGNED_BITS
from pilothouse.wire.sparkplug.topic import BD_SEQ, REBIRTH

_DEEPEST: Final = 8
"""How deep templates may stand in templates."""

OF_PROTOCOL: Final = frozenset((BD_SEQ, REBIRTH, "Node Control/Reboot", "Node Control/Next Server"))
"""Metrics that belong to the protocol; nobody asks for them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of a metric: a parameter by its place, or which piece is at a place."""

    parameter: int = -1
    place: str = ""


NOTHING: Final = Asked()


@dataclass(slots=True)
class Metric:
    """One metric as it was born.

    Parameters
    ----------
    name
        With the names of the templates it stands in.
    alias
        None where it has none.
    datatype
        As born; 0 where that was not told.
    parameter, place
        What is asked of it, as in :class:`Asked`.
    field
        In which field a plain number of it travels; empty where it is no plain number.
    bits
        Of a signed type; 0 of others.
    """

    name: str
    alias: int | None
    datatype: int
    parameter: int
    place: str
    field: str
    bits: int


class Births:
    """The metrics of one node or device.

    Parameters
    ----------
    metrics
        Of its birth.
    asked
        What is wanted, by name.

    Attributes
    ----------
    by_name, by_alias
        Its metrics.
    malformed
        How many were left out: without a name, or with an alias that another has.
    """

    __slots__ = ("by_alias", "by_name", "malformed")

    def __init__(self, metrics: Iterable[Payload.Metric], asked: Mapping[str, Asked]) -> None:
        self.by_name: dict[str, Metric] = {}
        self.by_alias: dict[int, Metric] = {}
        self.malformed = 0
        self._add(metrics, asked, "", 0)

    def is_same(self, other: "Births | None") -> bool:
        """Whether another birth gave every alias to the same metric of the same type."""
        return other is not None and _meanings(self) == _meanings(other)

    def _add(self, metrics: Iterable[Payload.Metric], asked: Mapping[str, Asked], within: str, depth: int) -> None:
        for one in metrics:
            own: object = one.name
            name = within + own if isinstance(own, str) else ""  # bytes where it is no text
            alias = one.alias if one.HasField("alias") else None
            if len(name) <= len(within) or (alias is not None and alias in self.by_alias):
                self.malformed += 1
                continue
            if one.HasField("template_value"):
                if one.template_value.is_definition:
                    continue
                if depth < _DEEPEST:
                    self._add(one.template_value.metrics, asked, f"{name}/", depth + 1)
            metric = _metric(name, alias, one, asked.get(name, NOTHING))
            self.by_name[name] = metric
            if alias is not None:
                self.by_alias[alias] = metric


def _meanings(births: Births) -> dict[int, tuple[str, int]]:
    return {alias: (metric.name, metric.datatype) for alias, metric in births.by_alias.items()}


def _metric(name: str, alias: int | None, born: Payload.Metric, wanted: Asked) -> Metric:
    datatype = Datatype.TEMPLATE if born.HasField("template_value") else born.datatype
    field = FIELD.get(datatype, "")
    return Metric(
        name=name,
        alias=alias,
        datatype=datatype,
        parameter=wanted.parameter,
        place=wanted.place,
        field=field if field in NUMBER_FIELDS else "",
        bits=SIGNED_BITS.get(datatype, 0),
    )
