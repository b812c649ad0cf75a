"""A plant's TOML file as typed tables that know their lines; whoever owns a table reads it with this one reader.

Reading never raises and never stops at the first fault. A read that fails notes a
:class:`~pilothouse.errors.Fault` (file, line, problem, remedy) and gives a placeholder, so that one pass over the
file finds everything that is wrong; nothing is built from a :class:`~pilothouse.plant.table.Table` that is not sound::

    faults: list[Fault] = []
    for table in Declaration.read(path).tables("scenario", faults):
        levers = [
            lever.make(Lever, parameter=lever.choice("parameter", plant.parameters), cost=lever.number("cost", low=0.0))
            for lever in table.tables("lever")           # [[scenario.lever]]
        ]
        aim = table.table("aim")                         # [scenario.aim]; None where there is none
        scenario = table.make(Scenario, key=table.text("key"), target=table.choice("target", plant.parameters))
        table.done()                                     # keys nobody asked for are faults, here and in sub-tables
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pilothouse.errors import ConfigError, Fault
from pilothouse.plant.table import Table
from pilothouse.plant.toml_lines import TomlPath, line_index


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    r"""One parsed TOML file with the line of everything in it.

    Parameters
    ----------
    file
        As faults name it, usually ``plant.toml``.
    content
        The values, by key.
    lines
        Of tables, keys and array items, by path; see :func:`~pilothouse.plant.toml_lines.line_index`.

    Examples
    --------
    >>> declaration = Declaration.parse('[[kpi]]\nkey = "yield"\ntrend = "hihger"\nunti = "%"')
    >>> faults = []
    >>> for table in declaration.tables("kpi", faults):
    ...     kpi = table.text("key"), table.choice("trend", ["higher", "lower"]), table.text("unit", default="1")
    ...     table.done()
    >>> for fault in faults:
    ...     print(fault)
    plant.toml:3: kpi yield: unknown trend 'hihger'. Use higher.
    plant.toml:4: kpi yield: unknown key 'unti'. Use unit.
    """

    file: str
    content: Mapping[str, object]
    lines: Mapping[TomlPath, int]

    @staticmethod
    def read(path: Path) -> "Declaration":
        """The declaration of a file.

        Raises
        ------
        ConfigError
            If the file is missing, is not UTF-8 or is not TOML; names the file and the line.
        """
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError as error:
            raise ConfigError(
                f"{path.name} is missing", hint=f"create it in {path.parent}", file=path.name, line="1"
            ) from error
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise ConfigError(
                f"expected UTF-8 text, got the byte 0x{error.object[error.start]:02x}",
                hint="save the file with the encoding UTF-8",
                file=path.name,
                line=str(line),
            ) from error
        except OSError as error:
            raise ConfigError(
                f"{path.name} cannot be read: {error.strerror}",
                hint="check the file's rights",
                file=path.name,
                line="1",
            ) from error
        return Declaration.parse(text, file=path.name)

    @staticmethod
    def parse(text: str, *, file: str = "plant.toml") -> "Declaration":
        """The declaration of a text.

        Raises
        ------
        ConfigError
            If the text is not TOML; names the file and the line.
        """
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"\s*\(at (?:line (\d+)|end of document).*\)$", str(error))
            line = found[1] if found and found[1] else str(len(text.splitlines()) or 1)
            raise ConfigError(
                f"not valid TOML: {str(error)[: found.start()] if found else error}",
                hint="correct this line; texts stand in quotes, numbers have a decimal point",
                file=file,
                line=line,
            ) from error
        return Declaration(file=file, content=content, lines=line_index(text))

    def root(self, faults: list[Fault]) -> Table:
        """The whole file as one table that notes its faults in the list."""
        return Table(file=self.file, content=self.content, lines=self.lines, faults=faults)

    def table(self, key: str, faults: list[Fault]) -> Table | None:
        """The table ``[key]``, or None where there is none."""
        return self.root(faults).table(key)

    def tables(self, key: str, faults: list[Fault]) -> tuple[Table, ...]:
        """All tables ``[[key]]`` in their order; empty where there is none."""
        return self.root(faults).tables(key)
