"""One TOML table being read: typed values by key, faults noted, nothing raised."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, ParamSpec, TypeGuard, TypeVar, overload

from pilothouse.errors import Fault, use_known
from pilothouse.plant.toml_lines import TomlPath

D = TypeVar("D")
T = TypeVar("T")
P = ParamSpec("P")

_REQUIRED: Final = object()


class Table:
    r"""One table of a :class:`~pilothouse.plant.declaration.Declaration`.

    Every typed read takes ``default``; a key without one is required, and a required text or list is not empty.
    What a faulty read gives back is a placeholder of the right type: build with :meth:`make`, or ask
    :attr:`sound` first. Tables inside share the list of faults.

    Parameters
    ----------
    file
        As faults name it.
    content
        The values, by key.
    lines
        Lines of the whole file, by path.
    faults
        Where faults are noted.
    path
        The way to this table.
    label
        What faults call it: ``equipment lf1``, ``scenario arrival, lever 2``; empty for the whole file.

    Examples
    --------
    >>> from pilothouse.plant.declaration import Declaration
    >>> faults = []
    >>> table = Declaration.parse('key = "arc"\nmax = "ten"\nparts = [{ n = 1 }]').root(faults)
    >>> table.text("key"), table.text("label", default=None), table.number("min", default=0.0)
    ('arc', None, 0.0)
    >>> [part.integer("n") for part in table.tables("parts")]
    [1]
    >>> table.sound
    True
    >>> _ = table.number("max")
    >>> table.sound, faults[0].line, faults[0].problem
    (False, 2, "max: expected a number, got 'ten'")
    """

    absent: ClassVar[str] = "add a line {key} = {sample}"
    """The remedy for a missing key."""

    def __init__(
        self,
        *,
        file: str,
        content: Mapping[str, object],
        lines: Mapping[TomlPath, int],
        faults: list[Fault],
        path: TomlPath = (),
        label: str = "",
    ) -> None:
        self.file = file
        self.label = label
        self._content = content
        self._lines = lines
        self._faults = faults
        self._path = path
        self._count = 0
        self._asked: set[str] = set()
        self._inside: dict[TomlPath, Table] = {}

    # ---- typed values ------------------------------------------------------------------------------------------

    @overload
    def text(self, key: str) -> str: ...
    @overload
    def text(self, key: str, *, default: D) -> str | D: ...
    def text(self, key: str, *, default: object = _REQUIRED) -> object:
        """A text. Placeholder: the empty text."""
        return self._read(key, default, _TEXT)

    @overload
    def number(self, key: str, *, low: float = ..., high: float = ...) -> float: ...
    @overload
    def number(self, key: str, *, default: D, low: float = ..., high: float = ...) -> float | D: ...
    def number(
        self, key: str, *, default: object = _REQUIRED, low: float = -math.inf, high: float = math.inf
    ) -> object:
        """A finite number from ``low`` to ``high``, both included. Placeholder: nan."""
        return self._read(key, default, _number_form(low, high))

    @overload
    def integer(self, key: str, *, low: float = ..., high: float = ...) -> int: ...
    @overload
    def integer(self, key: str, *, default: D, low: float = ..., high: float = ...) -> int | D: ...
    def integer(
        self, key: str, *, default: object = _REQUIRED, low: float = -math.inf, high: float = math.inf
    ) -> object:
        """A whole number from ``low`` to ``high``, both included. Placeholder: 0."""
        return self._read(key, default, _integer_form(low, high))

    @overload
    def flag(self, key: str) -> bool: ...
    @overload
    def flag(self, key: str, *, default: D) -> bool | D: ...
    def flag(self, key: str, *, default: object = _REQUIRED) -> object:
        """True or false. Placeholder: False."""
        return self._read(key, default, _FLAG)

    @overload
    def texts(self, key: str) -> tuple[str, ...]: ...
    @overload
    def texts(self, key: str, *, default: D) -> tuple[str, ...] | D: ...
    def texts(self, key: str, *, default: object = _REQUIRED) -> object:
        """A list of texts. Placeholder: ()."""
        return self._read(key, default, _TEXTS)

    @overload
    def numbers(self, key: str) -> tuple[float, ...]: ...
    @overload
    def numbers(self, key: str, *, default: D) -> tuple[float, ...] | D: ...
    def numbers(self, key: str, *, default: object = _REQUIRED) -> object:
        """A list of finite numbers. Placeholder: ()."""
        return self._read(key, default, _NUMBERS)

    @overload
    def choice(self, key: str, options: Collection[str]) -> str: ...
    @overload
    def choice(self, key: str, options: Collection[str], *, default: D) -> str | D: ...
    def choice(self, key: str, options: Collection[str], *, default: object = _REQUIRED) -> object:
        """A text that is one of the options, or the key of something declared. Placeholder: the empty text."""
        value = self._read(key, default, _TEXT)
        if key in self._content and value != "" and value not in options:
            self.fault(f"unknown {_word(key)} {value!r}", use_known(str(value), options), at=key)
            return ""
        return value

    @overload
    def choices(self, key: str, options: Collection[str]) -> tuple[str, ...]: ...
    @overload
    def choices(self, key: str, options: Collection[str], *, default: D) -> tuple[str, ...] | D: ...
    def choices(self, key: str, options: Collection[str], *, default: object = _REQUIRED) -> object:
        """A list of texts, each one of the options. Placeholder: ()."""
        values = self._read(key, default, _TEXTS)
        if key not in self._content or not isinstance(values, tuple):
            return values
        unknown = [(place, value) for place, value in enumerate(values) if value not in options]
        for place, value in unknown:
            line = self._lines.get((*self._path, key, place), self.line(key))
            self.fault(f"{key}: unknown {value!r}", use_known(value, options), at=line)
        return () if unknown else values

    def value(self, key: str) -> object:
        """Whatever stands at the key, unchecked; None where nothing does."""
        self._asked.add(key)
        return self._content.get(key)

    # ---- tables inside this one --------------------------------------------------------------------------------

    def table(self, key: str) -> "Table | None":
        """The table ``[key]`` or ``key = {...}``; None, and no fault, where there is none."""
        value = self.value(key)
        if isinstance(value, Mapping):
            return self._open((key,), value, name=_word(key))
        if value is not None:
            self.fault(f"{key}: expected a table, got {_shown(value)}", f"write its keys under [{key}]", at=key)
        return None

    def tables(self, key: str) -> "tuple[Table, ...]":
        """All tables ``[[key]]`` or ``key = [{...}, ...]`` in their order; empty where there is none."""
        values = self.value(key)
        if values is None:
            return ()
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            problem = f"{key}: expected a list of tables, got {_shown(values)}"
            self.fault(problem, f"write each under a heading [[{key}]] of its own", at=key)
            return ()
        return tuple(
            self._open((key, place), value, name=f"{_word(key)} {value.get('key', place + 1)}")
            for place, value in enumerate(values)
        )

    def entries(self) -> "Iterator[tuple[str, Table]]":
        """Each key with its table, for a table whose keys are names chosen by the writer."""
        for key in self._content:
            table = self.table(key)
            if table is not None:
                yield key, table

    # ---- what is written ---------------------------------------------------------------------------------------

    def keys(self) -> tuple[str, ...]:
        """The keys that are written, in their order; to name them does not make them known."""
        return tuple(self._content)

    def has(self, key: str) -> bool:
        """Whether the key is written; to ask makes it known."""
        self._asked.add(key)
        return key in self._content

    def line(self, key: str | None = None) -> int:
        """The line of a key, or of the table itself where the key is not written."""
        own = self._lines.get(self._path, 1)
        return own if key is None else self._lines.get((*self._path, key), own)

    def leave(self, *keys: str) -> None:
        """Keys that are another reader's business: known, and not read."""
        self._asked.update(keys)

    # ---- faults, and what is built -----------------------------------------------------------------------------

    def fault(self, problem: str, remedy: str, *, at: str | int | None = None) -> None:
        """Note a fault of this table: at a key, at a line, or at the table's own line."""
        self._count += 1
        prefix = f"{self.label}: " if self.label and not problem.startswith(f"{self.label}: ") else ""
        line = at if isinstance(at, int) else self.line(at)
        self._faults.append(Fault(file=self.file, line=line, problem=prefix + problem, remedy=remedy))

    @property
    def sound(self) -> bool:
        """Whether nothing wrong was found so far in this table and in those inside it."""
        return not self._count and all(table.sound for table in self._inside.values())

    def make(self, build: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What ``build`` makes of values read from this table; None where the table is not sound.

        A ``ValueError`` of ``build`` (an object that checks itself) becomes a fault at the table's line.
        """
        if not self.sound:
            return None
        try:
            return build(*args, **kwargs)
        except ValueError as error:
            self.fault(str(error), "correct the values of this table")
            return None

    def done(self) -> None:
        """Note every key nobody asked for, with the nearest one known; also in the tables inside."""
        for key in self._content:
            if key not in self._asked:
                self.fault(f"unknown {_sort(self._content[key])} {key!r}", use_known(key, sorted(self._asked)), at=key)
        self._asked.update(self._content)
        for table in self._inside.values():
            table.done()

    def _read(self, key: str, default: object, form: "_Form") -> object:
        self._asked.add(key)
        is_required = default is _REQUIRED
        if key not in self._content:
            if is_required:
                self.fault(f"{key} is missing", self.absent.format(key=key, sample=form.sample))
            return form.placeholder if is_required else default
        value = self._content[key]
        if not form.fits(value) or (is_required and _is_empty(value)):
            self.fault(f"{key}: expected {form.expected}, got {_shown(value)}", form.remedy, at=key)
            return form.placeholder
        return form.shape(value)

    def _open(self, step: TomlPath, content: Mapping[str, object], *, name: str) -> "Table":
        """The table inside, the same one each time it is asked for."""
        if step not in self._inside:
            self._inside[step] = Table(
                file=self.file,
                content=content,
                lines=self._lines,
                faults=self._faults,
                path=self._path + step,
                label=f"{self.label}, {name}" if self.label else name,
            )
        return self._inside[step]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What a value must look like, and what to say where it does not."""

    expected: str
    remedy: str
    sample: str
    placeholder: object
    fits: Callable[[object], bool]
    shape: Callable[[object], object]


def _same(value: object) -> object:
    return value


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_empty(value: object) -> bool:
    return value == [] or (isinstance(value, str) and not value.strip())


def _is_list_of(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(fits(item) and not _is_empty(item) for item in value)


def _number_form(low: float, high: float) -> _Form:
    return _Form(
        expected="a number" + _between(low, high),
        remedy="write plain digits with a decimal point, without unit or quotes",
        sample="1.0",
        placeholder=math.nan,
        fits=lambda value: _is_number(value) and low <= value <= high,
        shape=float,  # type: ignore[arg-type]
    )


def _integer_form(low: float, high: float) -> _Form:
    return _Form(
        expected="a whole number" + _between(low, high),
        remedy="write a whole number without quotes" + _between(low, high),
        sample="1",
        placeholder=0,
        fits=lambda value: _is_number(value) and isinstance(value, int) and low <= value <= high,
        shape=_same,
    )


_TEXT: Final = _Form(
    expected="a text", remedy="write it in quotes", sample='"..."', placeholder="", fits=_is_text, shape=_same
)
_FLAG: Final = _Form(
    expected="true or false",
    remedy="write true or false without quotes",
    sample="true",
    placeholder=False,
    fits=lambda value: isinstance(value, bool),
    shape=_same,
)
_TEXTS: Final = _Form(
    expected="a list of texts",
    remedy='write it as ["one", "two"]',
    sample='["..."]',
    placeholder=(),
    fits=_is_list_of(_is_text),
    shape=_as_tuple,
)
_NUMBERS: Final = _Form(
    expected="a list of numbers",
    remedy="write it as [1.0, 2.5]",
    sample="[1.0]",
    placeholder=(),
    fits=_is_list_of(_is_number),
    shape=_as_tuple,
)


def _between(low: float, high: float) -> str:
    """`` from 0 to 1``, `` of at least 0``, or nothing."""
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f" of at least {low:g}"
    if math.isinf(low):
        return f" of at most {high:g}"
    return f" from {low:g} to {high:g}"


def _shown(value: object) -> str:
    """A value as the reader wrote it, near enough to find it."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return "a list of tables"
    return repr(value)


def _sort(value: object) -> str:
    return "table" if _shown(value) in ("a table", "a list of tables") else "key"


def _word(key: str) -> str:
    return key.replace("_", " ")
