"""The app: all commands, and the one place where errors become exit codes."""

import sys

import typer

from pilothouse.cli.backup import back_up_folder, restore_backup
from pilothouse.cli.cards import cards, sensors
from pilothouse.cli.connect import connect
from pilothouse.cli.data import import_files
from pilothouse.cli.deciding import advise_subject, decide_proposal
from pilothouse.cli.demo import demo
from pilothouse.cli.dispatching import dispatch_decision
from pilothouse.cli.folder import check, init
from pilothouse.cli.historian import historian
from pilothouse.cli.learning import learn
from pilothouse.cli.ledger import ledger
from pilothouse.cli.output import aside, error_json, say_json
from pilothouse.cli.proving import prove_target
from pilothouse.cli.reapplying import reapply
from pilothouse.cli.serving import serve, status
from pilothouse.errors import PilothouseError, StoreError

app = typer.Typer(
    name="pilothouse",
    help="The open decision hub for factories: learn how the plant behaves, propose inside limits, account for it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo)
app.command("init")(init)
app.command("check")(check)
app.command("import")(import_files)
app.command("learn")(learn)
app.command("advise")(advise_subject)
app.command("decide")(decide_proposal)
app.command("dispatch")(dispatch_decision)
app.command("backup")(back_up_folder)
app.command("restore")(restore_backup)
app.command("cards")(cards)
app.command("sensors")(sensors)
app.command("prove")(prove_target)
app.command("serve")(serve)
app.command("status")(status)
app.command("reapply")(reapply)
app.add_typer(ledger, name="ledger")
app.add_typer(connect, name="connect")
app.add_typer(historian, name="historian")


def main(arguments: list[str] | None = None) -> None:
    """Run a command; exits with 0, with 2 for misuse, or with the exit code of the error's family."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        app(given)
    except PilothouseError as error:
        fault = error
    except OSError as error:  # a full disk, a folder without rights: the machine's refusal, not a bug
        where = {"file": str(error.filename)} if error.filename else {}
        fault = StoreError(f"the machine refused: {error.strerror}", hint="mend it and try again", **where)
    _report(fault, as_json="--json" in given)
    sys.exit(fault.exit_code)


def _report(error: PilothouseError, *, as_json: bool) -> None:
    if as_json:
        say_json(error_json(error))
        return
    aside.print(f"[bold red]{error.code}[/]", end=" ")
    aside.print(str(error), markup=False, soft_wrap=True)
