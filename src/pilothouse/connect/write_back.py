"""``[write_back]`` in ``plant.toml``: what may be written to the plant, how often and how far; by default nothing.

::

    [write_back]
    enabled = false                # a dry run until somebody says otherwise
    greatest_age_s = 600.0         # of the data that a proposal was made of
    two_people = true              # a second person confirms before anything is sent
    heartbeat = "hub_alive"        # a parameter that counts up while the hub is well

    [[write_back.set_point]]
    parameter = "arc_energy"
    lever = "heating"              # of the proposals; by default called as the parameter
    least_seconds = 60.0           # between two writes
    greatest_step = 500.0          # from what the plant shows
"""

from dataclasses import dataclass
from math import isnan
from typing import Final

from pilothouse.clock import NS_PER_S
from pilothouse.errors import Fault
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.parameter import UnsoundParameter
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

TABLE: Final = "write_back"
WRITTEN_ROLES: Final = ("lever", "set_point")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPointRule:
    """How one parameter may be written.

    Parameters
    ----------
    parameter
        Key.
    lever
        Of the proposals that it carries out.
    least_ns
        Between two writes.
    greatest_step
        From what the plant shows to what is written, in the unit of the parameter.
    tolerance
        By how much the plant may show something else than was written and still have taken it.
    """

    parameter: str
    lever: str
    least_ns: int
    greatest_step: float
    tolerance: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBack:
    """What may be written to the plant.

    Parameters
    ----------
    enabled
        Whether anything is sent; otherwise all is a dry run.
    greatest_age_ns
        Of the data that a proposal was made of, when it is sent.
    two_people
        Whether a second person confirms first.
    timeout_s
        How long a write, with its reading again, may take.
    greatest_silence_ns
        For how long a connection may bring nothing before set-points go back to the baseline.
    heartbeat, heartbeat_ns
        Parameter that counts up while the hub is well, and how often; None for no heartbeat.
    set_points
        By lever.
    """

    enabled: bool = False
    greatest_age_ns: int = 600 * NS_PER_S
    two_people: bool = False
    timeout_s: float = 5.0
    greatest_silence_ns: int = 60 * NS_PER_S
    heartbeat: str | None = None
    heartbeat_ns: int = NS_PER_S
    set_points: tuple[SetPointRule, ...] = ()

    def rule(self, lever: str) -> SetPointRule | None:
        """How a lever is written; None where it is not."""
        return next((rule for rule in self.set_points if rule.lever == lever), None)


def read_write_back(declaration: Declaration, plant: Plant) -> tuple[WriteBack, tuple[Fault, ...]]:
    """What a plant lets be written, and everything that is wrong with it."""
    faults: list[Fault] = []
    table = declaration.table(TABLE, faults)
    if table is None:
        return WriteBack(), tuple(faults)
    rules = [_rule(rule, plant) for rule in table.tables("set_point")]
    _note_twice(table, rules)
    usual = WriteBack()
    heartbeat = table.choice("heartbeat", plant.parameters, default=None)
    if heartbeat:
        _check_role(table, heartbeat, plant, at="heartbeat")
    made = table.make(
        WriteBack,
        enabled=table.flag("enabled", default=usual.enabled),
        greatest_age_ns=_span(table, "greatest_age_s", usual.greatest_age_ns),
        two_people=table.flag("two_people", default=usual.two_people),
        timeout_s=table.number("timeout_s", default=usual.timeout_s, low=0.1, high=300.0),
        greatest_silence_ns=_span(table, "greatest_silence_s", usual.greatest_silence_ns),
        heartbeat=heartbeat,
        heartbeat_ns=_span(table, "heartbeat_s", usual.heartbeat_ns),
        set_points=tuple(rule for rule in rules if rule is not None),
    )
    table.done()
    return made or WriteBack(), tuple(faults)


def _rule(table: Table, plant: Plant) -> SetPointRule | None:
    parameter = table.choice("parameter", plant.parameters)
    if parameter:
        _check_role(table, parameter, plant, at="parameter")
    return table.make(
        SetPointRule,
        parameter=parameter,
        lever=table.text("lever", default=parameter),
        least_ns=_span(table, "least_seconds", None),
        greatest_step=table.number("greatest_step", low=0.0),
        tolerance=table.number("tolerance", default=0.0, low=0.0),
    )


def _span(table: Table, key: str, usual_ns: int | None) -> int:
    """A span in seconds, as ns; needed where there is no usual one."""
    if usual_ns is None:
        seconds = table.number(key, low=0.0, high=1e9)
    else:
        seconds = table.number(key, default=usual_ns / NS_PER_S, low=0.0, high=1e9)
    return 0 if isnan(seconds) else round(seconds * NS_PER_S)


def _check_role(table: Table, parameter: str, plant: Plant, *, at: str) -> None:
    declared = plant.parameters[parameter]
    if not isinstance(declared, UnsoundParameter) and declared.role not in WRITTEN_ROLES:
        problem = f"{at}: {parameter} is {declared.role}, and only what is set can be written"
        table.fault(problem, f"name a parameter whose role is {' or '.join(WRITTEN_ROLES)}", at=at)


def _note_twice(table: Table, rules: list[SetPointRule | None]) -> None:
    for inside, name in ((t, n) for t in table.tables("set_point") for n in ("parameter", "lever")):
        seen = [getattr(rule, name) for rule in rules if rule is not None]
        value = inside.value(name)
        if isinstance(value, str) and seen.count(value) > 1:
            inside.fault(f"{name} {value} is written by two set points", "keep one of them", at=name)
