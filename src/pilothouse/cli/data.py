"""`import`: files into the historian."""

from pathlib import Path
from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, Folder
from pilothouse.cli.output import aside, error_json, progress, say, say_json, table
from pilothouse.connect.files.report import GenealogyReport, ImportReport, MappingReport
from pilothouse.errors import SourceError
from pilothouse.hub.deciding import settle
from pilothouse.hub.hub import Hub


def import_files(
    folder: Folder,
    source: Annotated[Path, typer.Argument(metavar="FILES", help="The folder with the files to import.")],
    as_json: AsJson = False,
) -> None:
    """Import files by the mappings of plant.toml; the same files again change nothing.

    Example: pilothouse import lf ../data/ladle_furnace
    """
    with Hub.open(folder) as hub:
        with progress("import", quiet=as_json) as step:
            report = hub.import_files(source, lambda _mapping, done, total: step(done, total))
        settled = settle(hub, undecided=report.changed)
    if as_json:
        say_json(_as_json(report, settled))
    else:
        _show(report, settled)
    if report.failures:
        raise typer.Exit(SourceError.exit_code)


def _show(report: ImportReport, settled: int) -> None:
    columns = ("import", "rows>", "new>", "known>", "corrected>", "empty>", "rejected>", "not credible>")
    table(f"Imported from {report.source}", columns, (_row(mapping) for mapping in report.mappings))
    if report.genealogies:
        columns = ("genealogy", "rows>", "new>", "known>", "corrected>", "empty>", "rejected>", "waiting>")
        table("Who came of whom", columns, (_genealogy_row(genealogy) for genealogy in report.genealogies))
    told: list[MappingReport | GenealogyReport] = [*report.mappings, *report.genealogies]
    for mapping in told:
        if mapping.reject_file is not None:
            say(f"{mapping.mapping}: what was rejected, and why: {mapping.reject_file}")
        for note in mapping.notes:
            say(f"{mapping.mapping}: {note}")
    for failure in report.failures:
        aside.print(f"not imported: {failure}", style="red", markup=False, soft_wrap=True)
    if settled:
        say(f"{settled} proposals came out: their outcome and worth are in the ledger")


def _row(mapping: MappingReport) -> tuple[str, ...]:
    counts = (
        mapping.rows,
        mapping.new,
        mapping.unchanged,
        mapping.corrected,
        mapping.rows_empty,
        mapping.rejects,
        mapping.values_out_of_range,
    )
    return (mapping.mapping, *(f"{count:,}" for count in counts))


def _genealogy_row(genealogy: GenealogyReport) -> tuple[str, ...]:
    counts = (
        genealogy.rows,
        genealogy.new,
        genealogy.unchanged,
        genealogy.corrected,
        genealogy.rows_empty,
        genealogy.rows_rejected,
        genealogy.rows_waiting,
    )
    return (genealogy.mapping, *(f"{count:,}" for count in counts))


def _as_json(report: ImportReport, settled: int) -> dict[str, object]:
    return {
        "ok": not report.failures,
        "imports": {
            m.mapping: {
                "files": list(m.files),
                "rows": m.rows,
                "new": m.new,
                "unchanged": m.unchanged,
                "corrected": m.corrected,
                "rows_empty": m.rows_empty,
                "rows_rejected": m.rows_rejected,
                "rejects": m.rejects,
                "values_out_of_range": m.values_out_of_range,
                "reject_file": None if m.reject_file is None else str(m.reject_file),
                "notes": list(m.notes),
            }
            for m in report.mappings
        },
        "genealogies": {
            g.mapping: {
                "files": list(g.files),
                "rows": g.rows,
                "new": g.new,
                "unchanged": g.unchanged,
                "corrected": g.corrected,
                "rows_empty": g.rows_empty,
                "rows_rejected": g.rows_rejected,
                "rows_waiting": g.rows_waiting,
                "reject_file": None if g.reject_file is None else str(g.reject_file),
                "notes": list(g.notes),
            }
            for g in report.genealogies
        },
        "failures": [error_json(failure) for failure in report.failures],
        "settled": settled,
    }
