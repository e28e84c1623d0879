"""The command line: `credit-scoring`. A command parses, calls one public function, prints.

Exit codes: 0 done · 1 the data or the policy failed · 2 wrong usage · 130 interrupted.
"""

from __future__ import annotations

import signal
import sys

import typer
from rich.console import Console

from credit_scoring.errors import CreditScoringError

app = typer.Typer(
    name="credit-scoring",
    help="White-box credit evaluation: published scorecards, sector evaluations, scores, explanations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _register() -> None:
    from credit_scoring.cli.archiving import archive_command
    from credit_scoring.cli.demo import demo_command
    from credit_scoring.cli.explaining import explain_command
    from credit_scoring.cli.exporting import export_command
    from credit_scoring.cli.importing import import_command
    from credit_scoring.cli.inventing import invent_command
    from credit_scoring.cli.policy import policy_app
    from credit_scoring.cli.rebuilding import rebuild_command
    from credit_scoring.cli.releasing import release_app
    from credit_scoring.cli.scoring import score_command
    from credit_scoring.cli.simulating import simulate_command
    from credit_scoring.cli.training import train_command
    from credit_scoring.cli.weighing import weigh_command

    app.add_typer(policy_app, name="policy")
    app.add_typer(release_app, name="release")
    app.command("import")(import_command)
    app.command("score")(score_command)
    app.command("explain")(explain_command)
    app.command("archive")(archive_command)
    app.command("invent")(invent_command)
    app.command("simulate")(simulate_command)
    app.command("rebuild")(rebuild_command)
    app.command("weigh")(weigh_command)
    app.command("train")(train_command)
    app.command("export")(export_command)
    app.command("demo")(demo_command)


_register()


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if version:
        from credit_scoring import __version__

        typer.echo(__version__)
        raise typer.Exit


def _extra(module: str | None) -> str:
    """The optional part of the package that brings a library."""
    return "releases" if (module or "").split(".")[0] in ("mlflow", "sqlalchemy", "alembic") else "sectors"


def main() -> None:
    """Entry point: our errors become a message and exit code 1, never a traceback."""
    # A polite kill unwinds like any error: temporary folders are removed, the final name stays clean.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except CreditScoringError as error:
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(f"error: {error}")
        sys.exit(1)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("credit_scoring"):
            raise
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(
            f"error: this command needs '{error.name}', which is not installed. Install credit-scoring[{_extra(error.name)}]."
        )
        sys.exit(1)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted: no unfinished result is left under a final name.")
        sys.exit(130)
