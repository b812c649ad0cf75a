"""The one error tree of the hub.

::

    PilothouseError                       code, context, hint          exit code
      ConfigError                         the file, the key, the line       3
      DataError                           what came in is not usable        4
        StaleDataError UnknownParameterError UnitMismatchError SchemaDriftError
      ModelError                          NotFittedError NotCalibratedError 5
      SourceError                         a file or a line that cannot be read   6
        NotWrittenError
      StoreError                          StoreLockedError StoreMovedError StoreCorruptError     7
      DecisionError                       IllegalMoveError NotApprovedError LimitBreachedError ExpiredError  8
      PluginError                         NotConformingError DuplicateKeyError   9
      ComputeError                        work that was not done, a cluster that is not there   10

Expected endings (infeasible, abstain) are values, not errors; misuse by a programmer is ``ValueError`` or
``TypeError``. A message names the thing, what was expected, what was got and where; the hint says what to do.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, Self


class PilothouseError(Exception):
    """Root of every fault the hub reports.

    Parameters
    ----------
    message
        What happened: the thing, what was expected, what was got.
    hint
        What the reader can do about it.
    context
        Where: named values (file, line, parameter, piece, ...).

    Examples
    --------
    >>> error = DataError("temperature: expected a number, got 'abc'", hint="correct the cell", line="12")
    >>> error.code, error.context
    ('data', {'line': '12'})
    >>> print(error)
    temperature: expected a number, got 'abc' (line 12). Correct the cell.
    """

    code: ClassVar[str] = "pilothouse"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", **context: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = dict(context)

    def __str__(self) -> str:
        """The whole sentence a person reads."""
        where = ", ".join(f"{name} {value}" for name, value in self.context.items())
        text = self.message + (f" ({where})" if where else "")
        return text + (f". {self.hint[0].upper()}{self.hint[1:]}." if self.hint else "")

    def about(self, **context: str) -> Self:
        """Add context without replacing what is known already."""
        self.context = {**context, **self.context}
        return self


class ConfigError(PilothouseError):
    """A plant folder or a setting is wrong; names the file, the key and the line."""

    code = "config"
    exit_code = 3


class DataError(PilothouseError):
    """What came in cannot be used."""

    code = "data"
    exit_code = 4


class StaleDataError(DataError):
    """A declared greatest age is exceeded."""

    code = "data.stale"


class UnknownParameterError(DataError):
    """A parameter that the plant does not declare."""

    code = "data.unknown-parameter"


class UnitMismatchError(DataError):
    """A unit that does not measure the quantity, or is not known."""

    code = "data.unit"


class SchemaDriftError(DataError):
    """Stored or incoming data no longer has the declared shape."""

    code = "data.schema"


class ModelError(PilothouseError):
    """A model cannot do what is asked of it."""

    code = "model"
    exit_code = 5


class NotFittedError(ModelError):
    """Nothing was learnt yet."""

    code = "model.not-fitted"


class NotCalibratedError(ModelError):
    """A point can be given but no interval that holds."""

    code = "model.not-calibrated"


class SourceError(PilothouseError):
    """A file or connection that cannot be read."""

    code = "source"
    exit_code = 6


class NotWrittenError(SourceError):
    """A set-point of which it is known that it was not written: no connection, or the plant refused."""

    code = "source.not-written"


class StoreError(PilothouseError):
    """The historian or the ledger cannot be used."""

    code = "store"
    exit_code = 7


class StoreLockedError(StoreError):
    """Another process writes this store."""

    code = "store.locked"


class StoreMovedError(StoreError):
    """Somebody wrote between reading and writing; nothing was stored."""

    code = "store.moved"


class StoreCorruptError(StoreError):
    """The store's content does not match its own checks."""

    code = "store.corrupt"


class DecisionError(PilothouseError):
    """A decision that the rules do not allow."""

    code = "decision"
    exit_code = 8


class IllegalMoveError(DecisionError):
    """The proposal is not in a state from which this is possible."""

    code = "decision.illegal-move"


class NotApprovedError(DecisionError):
    """Nobody with the authority has approved it."""

    code = "decision.not-approved"


class LimitBreachedError(DecisionError):
    """A value outside its limit or outside the proposed range."""

    code = "decision.limit"


class ExpiredError(DecisionError):
    """The proposal's validity has ended."""

    code = "decision.expired"


class PluginError(PilothouseError):
    """A pack or plant family that cannot be used."""

    code = "plugin"
    exit_code = 9


class NotConformingError(PluginError):
    """A plug-in breaks its contract."""

    code = "plugin.not-conforming"


class DuplicateKeyError(PluginError):
    """Two plug-ins claim one key."""

    code = "plugin.duplicate"


class ComputeError(PilothouseError):
    """Work that workers did not get done, or a cluster that does not answer."""

    code = "compute"
    exit_code = 10


@contextmanager
def about(**context: str) -> Iterator[None]:
    """Attach context to every hub error raised inside, so that raise sites stay short.

    Examples
    --------
    >>> try:
    ...     with about(piece="17"):
    ...         raise DataError("no temperature")
    ... except DataError as error:
    ...     print(error)
    no temperature (piece 17)
    """
    try:
        yield
    except PilothouseError as error:
        error.about(**context)
        raise


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One thing wrong in a plant folder: where, what, and what to do.

    ``check`` collects faults rather than raising at the first, so that an engineer mends them in one go.

    Examples
    --------
    >>> print(Fault(file="plant.toml", line=7, problem="equipment lf1: unknown level 'cell'", remedy="use work_unit"))
    plant.toml:7: equipment lf1: unknown level 'cell'. Use work_unit.
    """

    file: str
    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        """One line as compilers print them, so that editors can jump to it."""
        return f"{self.file}:{self.line}: {self.problem}. {self.remedy[:1].upper()}{self.remedy[1:]}."


def use_known(given: str, known: Collection[str]) -> str:
    """The remedy for a name that is not known: the nearest known one, else which ones there are.

    Examples
    --------
    >>> use_known("work-unit", ["site", "area", "work_unit"])
    'use work_unit'
    >>> use_known("cell", ["site", "area"])
    'use one of: site, area'
    >>> use_known("lf1", [])
    'declare it first'
    """
    by_folded = {name.casefold(): name for name in known}
    nearest = get_close_matches(given.casefold(), by_folded, n=1)
    if nearest:
        return f"use {by_folded[nearest[0]]}"
    shown = list(known)[:12]
    more = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
    return f"use one of: {', '.join(shown)}{more}" if shown else "declare it first"
