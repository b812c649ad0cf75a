"""What an import did, in counts; a person and a program read the same record."""

from dataclasses import dataclass
from pathlib import Path

from pilothouse.errors import PilothouseError


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingReport:
    """One mapping's import.

    ``rows = rows_empty + rows_rejected + rows kept``; a row is kept if at least one of its values is.

    Parameters
    ----------
    mapping
        Its key.
    files
        Names of the files that were read, without joined ones.
    rows
        Rows read.
    rows_empty
        Rows with nothing in any mapped column of values.
    rows_rejected
        Rows that say something of which nothing could be taken.
    rejects
        Lines of the reject file: whole rows and single cells.
    values_out_of_range
        Values kept with bad status because they are not credible.
    new, unchanged, corrected
        Observations by what the historian made of them.
    reject_file
        None where nothing was rejected.
    notes
        What a person should know.
    """

    mapping: str
    files: tuple[str, ...]
    rows: int
    rows_empty: int
    rows_rejected: int
    rejects: int
    values_out_of_range: int
    new: int
    unchanged: int
    corrected: int
    reject_file: Path | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GenealogyReport:
    """One genealogy's import.

    ``rows = rows_empty + rows_rejected + rows_waiting + new + unchanged + corrected``.

    Parameters
    ----------
    mapping
        Its key.
    files
        Names of the files that were read.
    rows
        Rows read.
    rows_empty
        Rows in which nothing is said.
    rows_rejected
        Rows that say something that cannot be.
    rows_waiting
        Rows of which nobody can say yet when they were known: of a child that was not observed so far.
    new, unchanged, corrected
        The others, by what the historian made of them.
    reject_file
        None where nothing was rejected.
    notes
        What a person should know.
    """

    mapping: str
    files: tuple[str, ...]
    rows: int
    rows_empty: int
    rows_rejected: int
    rows_waiting: int
    new: int
    unchanged: int
    corrected: int
    reject_file: Path | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """A whole import.

    Parameters
    ----------
    source
        The folder.
    received_ns
        When, ns since 1970 UTC.
    mappings
        In the order of the plant's folder; those of which no file could be read are not among them.
    failures
        Files that could not be read, each with its mapping in the context; all others were imported.
    genealogies
        In the order of the plant's folder, as the mappings.
    """

    source: Path
    received_ns: int
    mappings: tuple[MappingReport, ...]
    failures: tuple[PilothouseError, ...]
    genealogies: tuple[GenealogyReport, ...] = ()

    @property
    def new(self) -> int:
        """Observations the historian did not have."""
        return sum(report.new for report in self.mappings)

    @property
    def changed(self) -> bool:
        """Whether the historian knows anything now that it did not know before."""
        of_values = any(report.new or report.corrected for report in self.mappings)
        return of_values or any(report.new or report.corrected for report in self.genealogies)

    @property
    def rejects(self) -> int:
        """Lines of all reject files."""
        return sum(report.rejects for report in self.mappings) + sum(one.rows_rejected for one in self.genealogies)
