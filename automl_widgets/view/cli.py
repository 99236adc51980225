"""The command `automl-widgets`: runs of a workspace in a terminal, and wishes to their engines. It never trains.

Needs the extra `cli`. Each command prints JSON with ``--json``, for other programs. An engine takes a wish in whichever
process it lives; where none is alive, the command says so.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click
from rich.console import Console
from rich.live import Live

from automl_widgets.errors import NotFoundError, RunStateError, UserError
from automl_widgets.records import RUN_ENDED, TRIAL_ENDED, Json, RunRecord, encode
from automl_widgets.share import export as exporting
from automl_widgets.share.export import KINDS
from automl_widgets.share.unpack import unpack
from automl_widgets.store import Store, open_store
from automl_widgets.store.files import SETUP
from automl_widgets.store.place import nearest_workspace
from automl_widgets.view import terminal
from automl_widgets.view.carrier import Carrier
from automl_widgets.view.doctor import findings
from automl_widgets.view.report import write_report
from automl_widgets.view.snapshot import patch

POLL_S = 1.0
LOG_POLL_S = 0.2
LOG_PIECE = 65_536
_MARKS = {"fine": "green", "could be better": "yellow", "broken": "red"}

as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
a_run = click.argument("run")


class _Commands(click.Group):
    """Says a user's mistake in its own words, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--workspace", "-w", type=click.Path(path_type=Path), help="Folder; by default the nearest one upwards.")
@click.version_option(package_name="automl_widgets")
@click.pass_context
def main(ctx: click.Context, workspace: Path | None) -> None:
    """Show runs of automated machine learning, and steer them. RUN is a run's id, its beginning, or `last`."""
    ctx.obj = nearest_workspace(workspace or Path("."))


@main.command()
@click.option("--experiment", "-e", help="Only runs of this experiment.")
@click.option("--state", "-s", help="Only runs in this state, e.g. running.")
@click.option("--limit", "-n", default=20, show_default=True, help="The newest so many.")
@as_json
@click.pass_obj
def runs(folder: Path | None, experiment: str | None, state: str | None, limit: int, is_json: bool) -> None:
    """List runs, newest first."""
    found = [run for run in _store(folder).runs(experiment) if state in (None, run.state)][:limit]
    if is_json:
        _print_json([_brief(run) for run in found])
    else:
        _console().print(terminal.runs_table(found))


@main.command()
@a_run
@click.option("--limit", "-n", default=20, show_default=True, help="Iterations shown.")
@as_json
@click.pass_obj
def show(folder: Path | None, run: str, limit: int, is_json: bool) -> None:
    """Show a run: its state, its best score, its iterations."""
    store = _store(folder)
    whole = patch(store, _found(store, run).run_id, 0)
    if is_json:
        _print_json(whole)
    else:
        _console().print(terminal.run_group(whole, limit))


@main.command()
@a_run
@click.option("--limit", "-n", default=20, show_default=True, help="Iterations shown.")
@as_json
@click.pass_obj
def watch(folder: Path | None, run: str, limit: int, is_json: bool) -> None:
    """Show a run live until it ends; Ctrl C ends the watching, not the run. With --json, a line for each change."""
    store = _store(folder)
    run_id = _found(store, run).run_id
    if is_json:
        _print_changes(store, run_id)
        return
    with Live(terminal.run_group(patch(store, run_id, 0), limit), console=_console(), auto_refresh=False) as live:
        seq = 0
        while store.run(run_id).state not in RUN_ENDED:
            seq = store.wait(run_id, seq, POLL_S)
            live.update(terminal.run_group(patch(store, run_id, 0), limit), refresh=True)
        live.update(terminal.run_group(patch(store, run_id, 0), limit), refresh=True)


@main.command()
@a_run
@click.option("--output", "-o", type=click.Path(path_type=Path), default="report.html", show_default=True)
@click.option("--iteration", "-i", type=int, help="Whose model is shown; by default the best.")
@as_json
@click.pass_obj
def report(folder: Path | None, run: str, output: Path, iteration: int | None, is_json: bool) -> None:
    """Write one HTML file that tells all of a run and works offline: a model card with its evidence."""
    store = _store(folder)
    run_id = _found(store, run).run_id
    written = write_report(store, run_id, output, iteration)
    size = written.stat().st_size
    if is_json:
        _print_json({"run": run_id, "path": str(written), "bytes": size})
    else:
        click.echo(f"{written}, {size / 1000:,.0f} kB")


@main.command()
@a_run
@click.argument("iteration")
@click.option("--follow", "-f", is_flag=True, help="Go on until the iteration ends.")
@as_json
@click.pass_obj
def logs(folder: Path | None, run: str, iteration: str, follow: bool, is_json: bool) -> None:
    """Print an iteration's log, or that of the data script: `setup`."""
    store = _store(folder)
    run_id = _found(store, run).run_id
    is_setup = iteration == "setup"
    number = SETUP if is_setup else int(click.INT(iteration))
    if not is_setup:
        store.iteration(run_id, number)
    at, lines = 0, []
    while True:
        has_ended = not follow or _is_over(store, run_id, number)
        text, at, size = store.read_log(run_id, number, at, LOG_PIECE)
        if is_json:
            lines.append(text)
        else:
            for line in text.splitlines(keepends=True):
                click.echo(terminal.plain(line.rstrip("\n")).plain, nl=line.endswith("\n"))
        if at >= size and has_ended:
            break
        if not text:
            time.sleep(LOG_POLL_S)
    if is_json:
        _print_json({"run": run_id, "iteration": iteration if is_setup else number, "log": "".join(lines)})


@main.command()
@a_run
@click.argument("iteration", type=int, required=False)
@click.option("--no-ensembles", is_flag=True, help="Do not build ensembles of what is done.")
@as_json
@click.pass_obj
def cancel(folder: Path | None, run: str, iteration: int | None, no_ensembles: bool, is_json: bool) -> None:
    """Stop a run, or only one ITERATION of it. What is done is kept."""
    store = _store(folder)
    record = _found(store, run)
    if iteration is None:
        _wish(store, record, "cancel", {"ensembles": not no_ensembles}, is_json)
    else:
        _wish(store, record, "cancel_iteration", {"iteration": iteration}, is_json)


@main.command()
@a_run
@as_json
@click.pass_obj
def pause(folder: Path | None, run: str, is_json: bool) -> None:
    """Start no further iteration; what is running goes on to its end."""
    store = _store(folder)
    _wish(store, _found(store, run), "pause", {}, is_json)


@main.command()
@a_run
@as_json
@click.pass_obj
def resume(folder: Path | None, run: str, is_json: bool) -> None:
    """Go on after `pause`, or with a run whose kernel has ended: in a process of its own, which `watch` shows."""
    store = _store(folder)
    record = _found(store, run)
    if record.state != "interrupted":
        _wish(store, record, "resume", {}, is_json)
        return
    carrier = Carrier(store, record.run_id, "resume")
    carrier.wait()
    if is_json:
        _print_json({"run": record.run_id, "command": "resume", "pid": carrier.pid})
    else:
        click.echo(f"{record.run_id} goes on in process {carrier.pid}; automl-widgets watch {record.run_id} shows it")


@main.command()
@a_run
@click.argument("iteration", type=int, required=False)
@click.option("--what", default="run", show_default=True, type=click.Choice(KINDS), help="What of it.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="File or folder; by default the current folder.")
@as_json
@click.pass_obj
def export(folder: Path | None, run: str, iteration: int | None, what: str, output: Path | None, is_json: bool) -> None:
    """Write a run, or one thing of its best iteration or of ITERATION, into a file; docs/sharing.md tells of each."""
    store = _store(folder)
    run_id = _found(store, run).run_id
    _say_path(exporting.export(store, run_id, what, iteration, output), {"run": run_id, "what": what}, is_json)


@main.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--trust", is_flag=True, help="Let its models and data be loaded: code that runs with your rights.")
@as_json
@click.pass_obj
def import_run(folder: Path | None, file: Path, trust: bool, is_json: bool) -> None:
    """Take in a run that `export` wrote into FILE. Its models are not loaded unless you trust who made them."""
    record = unpack(_store(folder), file, trust=trust)
    if is_json:
        _print_json(_brief(record))
    else:
        click.echo(f"{record.run_id} is in experiment {record.experiment}{'' if trust else ', its models locked'}")


@main.command()
@click.argument("run", required=False)
@click.option("--port", default=8890, show_default=True, help="Where; a free one near it, if it is taken.")
@click.option("--browser/--no-browser", default=True, help="Open the page.")
@as_json
@click.pass_obj
def portal(folder: Path | None, run: str | None, port: int, browser: bool, is_json: bool) -> None:
    """Show the workspace's runs, or RUN, in a browser, from this machine alone; Ctrl C ends it."""
    store = _store(folder)
    try:
        from automl_widgets.view.portal.serve import serve
    except ModuleNotFoundError as error:
        raise NotFoundError("The portal needs jupyter_server: pip install 'automl_widgets[portal]'") from error
    page = "" if run is None else f"run?{urlencode({'workspace': store.folder.name, 'run': _found(store, run).run_id})}"

    def tell(address: str) -> None:
        if is_json:
            _print_json({"url": address, "workspace": str(store.folder)})
        else:
            click.echo(f"{address}\nshows {store.folder} to whoever has this address; Ctrl C ends it")

    serve(store.folder, port, browser, tell, page)


@main.command()
@as_json
@click.pass_obj
def doctor(folder: Path | None, is_json: bool) -> None:
    """Check packages, front ends, machine and store; say what to do about what is missing."""
    found = findings(folder)
    if is_json:
        _print_json([asdict(one) for one in found])
    else:
        console = _console()
        for one in found:
            console.print(terminal.plain(f"{one.part}: {one.found}", _MARKS[one.state]))
            if one.remedy:
                console.print(terminal.plain(f"    {one.remedy}"))
    sys.exit(1 if any(one.state == "broken" for one in found) else 0)


# ---------------------------------------------------------------- what the commands share


def _store(folder: Path | None) -> Store:
    if folder is None:
        raise NotFoundError("No workspace here or in a folder above. Go to one, or give it with --workspace.")
    return open_store(folder)


def _found(store: Store, name: str) -> RunRecord:
    """Return the run with this id, or the only one whose id begins like this, with or without `AutoML_`."""
    known = store.runs()
    if name == "last" and known:
        return known[0]
    beginnings = (name, f"AutoML_{name}")
    found = [run for run in known if run.run_id in beginnings] or [
        run for run in known if run.run_id.startswith(beginnings)
    ]
    if len(found) != 1:
        how_many = "No run" if not found else f"{len(found)} runs"
        raise NotFoundError(f"{how_many} with an id that begins with {name!r:.100}. `automl-widgets runs` lists them.")
    return found[0]


def _wish(store: Store, run: RunRecord, kind: str, arguments: Mapping[str, Json], is_json: bool) -> None:
    """Leave a wish for the run's engine, if there is one."""
    if run.state == "interrupted":
        how = f"`automl-widgets resume {run.run_id}` goes on with it"
        raise RunStateError(f"The process that ran {run.run_id} has ended, so nobody would obey: {how}.")
    if run.state in RUN_ENDED:
        raise RunStateError(f"{run.run_id} has ended: {run.state}, {run.reason}.")
    store.post_command(run.run_id, kind, arguments)
    if is_json:
        _print_json({"run": run.run_id, "command": kind, **arguments})
    else:
        click.echo(f"{kind} was sent to {run.run_id}")


def _print_changes(store: Store, run_id: str) -> None:
    """Print what changed, as one line of JSON each time, until the run has ended."""
    seq, has_ended = 0, False
    while not has_ended:
        has_ended = store.run(run_id).state in RUN_ENDED
        found = patch(store, run_id, seq)
        if found["seq"] > seq:
            seq = found["seq"]
            click.echo(json.dumps(encode(found), ensure_ascii=False))
        if not has_ended:
            store.wait(run_id, seq, POLL_S)


def _say_path(path: Path, about: Mapping[str, Json], is_json: bool) -> None:
    if is_json:
        _print_json({**about, "file": str(path)})
    else:
        click.echo(str(path))


def _is_over(store: Store, run_id: str, iteration: int) -> bool:
    if iteration == SETUP:
        run = store.run(run_id)
        return run.profile is not None or run.state in RUN_ENDED
    return store.iteration(run_id, iteration).state in TRIAL_ENDED or store.run(run_id).state in RUN_ENDED


def _brief(run: RunRecord) -> dict[str, Any]:
    names = ("run_id", "experiment", "state", "reason", "n_iterations", "best_iteration")
    times = ("created_at", "started_at", "ended_at")
    found = {name: getattr(run, name) for name in names + times}
    return {"name": run.settings.name, **found, "tags": dict(run.tags)}


def _console() -> Console:
    return Console(highlight=False, emoji=False, markup=False)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(encode(value), ensure_ascii=False, indent=1))
