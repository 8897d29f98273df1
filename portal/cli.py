"""The `shuyuan` command. Heavy imports happen inside the command that needs them: `shuyuan --help` stays quick."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer

from commons.errors import Faults, ShuyuanError
from commons.settings import Settings, load_settings, settings_page
from courses.cli import app as course_app
from portal.cli_graph import graph_app
from portal.cli_recommender import recommender_app
from portal.cli_scene import scene_app

__all__ = ["app", "main"]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(course_app, name="course", help="Check, release, import and grade courses; who teaches them.")
app.add_typer(graph_app, name="graph")
app.add_typer(recommender_app, name="recommender")
app.add_typer(scene_app, name="scene")


def _settings() -> Settings:
    return load_settings(os.environ)


@app.command()
def run() -> None:
    """Start the whole platform and stay with it until Ctrl-C."""
    from portal.run.supervise import run_or_explain

    raise typer.Exit(run_or_explain(_settings(), os.environ))


@app.command()
def doctor() -> None:
    """Say what works on this machine and what to do about what does not."""
    from portal.doctor import examine

    bad = 0
    for one in examine(_settings()):
        bad += one.needed and not one.ok
        mark = "ok  " if one.ok else ("BAD " if one.needed else "note")
        print(f"{mark} {one.name}: {one.found}" + ("" if one.ok or not one.next else f"\n       {one.next}"))
    raise typer.Exit(1 if bad else 0)


@app.command()
def settings(page: Annotated[bool, typer.Option("--page", help="Print docs/settings.md.")] = False) -> None:
    """Print the settings of this run, or their page of the docs."""
    if page:
        print(settings_page(), end="")
        return
    for name, value in vars(_settings()).items():
        print(f"{name} = {value}")


@app.command()
def password(account: str) -> None:
    """Give an account a new password, for somebody who lost theirs; prints it once."""
    from hub_config.accounts import reset_password

    print(f"{account}: {reset_password(_settings(), account)}")


@app.command()
def portal() -> None:
    """Serve pages and API (started by `run`)."""
    from threading import Thread

    from portal.web.app import create_app

    values = _settings()
    made = create_app(values)
    Thread(target=made.state.house.shelf.current().recommender.warm, daemon=True, name="warm").start()
    _serve(made, values.portal_port)


@app.command()
def apps() -> None:
    """Serve tours and Panel apps (started by `run`)."""
    from threading import Thread

    from portal.apps import create_apps_app

    values = _settings()
    made = create_apps_app(values)
    Thread(target=made.state.guides.warm, daemon=True, name="guides").start()
    _serve(made, values.apps_port)


@app.command()
def worker() -> None:
    """Do durable jobs: grading (started by `run`)."""
    from portal.worker import work

    work(_settings())


def _serve(application: object, port: int) -> None:
    import uvicorn

    # The proxy in front is the only caller; it tells the address people typed.
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="warning", proxy_headers=True)  # type: ignore[arg-type]


def main() -> None:
    """The command line; an error is told in words, never as a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for talkative in ("httpx", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    try:
        app()
    except Faults as error:
        told = [f"- {fault}" for fault in error.faults]
        sys.stderr.write(
            "\n".join([f"shuyuan: {len(told)} faults in {error.where or 'the input'}", *told, error.next]).rstrip()
            + "\n"
        )
        sys.exit(1)
    except ShuyuanError as error:
        sys.stderr.write(f"shuyuan: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
