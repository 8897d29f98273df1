"""`shuyuan graph import-museum` and `export-culture`: collections in and out. Heavy imports stay inside the command."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commons.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commons.items import Item
    from commons.settings import Settings
    from commons.store import Store
    from knowledge_graph.culture.importing import Progress

__all__ = ["add_culture_commands", "collected_items"]

SHOWN = 20
WAIT_S = 0.3


def add_culture_commands(app: typer.Typer) -> None:
    """Put the commands on `shuyuan graph`."""
    app.command("import-museum")(import_museum)
    app.command("export-culture")(export_culture)
    app.command("remove-museum")(remove_museum)


def import_museum(
    source: Annotated[str, typer.Argument(help="carnegie, cleveland, met, shuyuan (our CSV) or linked-art.")],
    file: Annotated[Path, typer.Argument(help="The file as the museum publishes it.")],
    faults: Annotated[Path | None, typer.Option(help="Write every row that was not kept to this file.")] = None,
) -> None:
    """Import a museum's open data; the same file again changes nothing, and a broken-off import goes on where it was."""
    from commons.store import migrate, open_store
    from commons.writing import try_output
    from knowledge_graph.culture.importing import ask

    if faults is not None:
        try_output(faults)
    store = open_store(load_settings(os.environ).database_url)
    try:
        migrate(store)
        with store.begin() as conn:
            one = ask(conn, source, file)
        error = _wait(store, one)
        done = _report(store, one, faults)
    finally:
        store.close()
    if error:
        sys.stderr.write(f"shuyuan: {error}\n")
    kept = done.counts["new"] + done.counts["changed"] + done.counts["same"]
    raise typer.Exit(1 if error or (done.counts["read"] and not kept) else 0)


def export_culture(
    format: Annotated[str, typer.Argument(help="csv, linked-art or iiif (these two: one JSON document a line).")],
    out: Annotated[Path, typer.Argument(help="The file to write; - is standard output.")],
    source: Annotated[str, typer.Option(help="Only the objects of this source.")] = "",
) -> None:
    """Write the imported collections as CSV (everything), Linked Art 1.0 or IIIF Presentation 3 manifests."""
    from commons.store import migrate, open_store
    from commons.writing import is_stdout
    from knowledge_graph.culture.exporting import export
    from knowledge_graph.culture.store import all_records

    settings = load_settings(os.environ)
    store = open_store(settings.database_url)
    try:
        migrate(store)
        with store.read() as conn:
            count = export(all_records(conn, source), format, out, settings.address)
    finally:
        store.close()
    if not is_stdout(out):
        print(f"{count} objects written to {out}")


def remove_museum(
    source: Annotated[
        str, typer.Argument(help="The collection, as /objects/ and the addresses of its objects name it.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it only says what would go.")] = False,
) -> None:
    """Take an imported collection out again: its objects, their ties and the notes of its imports."""
    from commons.store import migrate, open_store
    from knowledge_graph.culture.removing import objects_of, remove_source

    store = open_store(load_settings(os.environ).database_url)
    try:
        migrate(store)
        with store.begin() as conn:
            number = remove_source(conn, source) if yes else objects_of(conn, source)
    finally:
        store.close()
    if not yes:
        print(f"{number} objects of '{source}' would go; nothing was changed. Say --yes to take them out.")
        raise typer.Exit(1)
    print(f"{number} objects of '{source}' taken out")


def collected_items(settings: Settings) -> Iterator[Item]:
    """Every imported object as an item; nothing where no platform has been started here yet."""
    from commons.store import open_store
    from knowledge_graph.culture import item_of
    from knowledge_graph.culture.store import all_records, has_collections

    store = open_store(settings.database_url)
    try:
        with store.read() as conn:
            if has_collections(conn):
                yield from (item_of(record) for record in all_records(conn))
    finally:
        store.close()


def _wait(store: Store, one: str) -> str:
    """Do the job here, or follow the worker that was quicker; gives its error, "" when it is done."""
    from commons.jobs import Worker
    from knowledge_graph.culture.importing import job_handlers, progress_of, state_of_import

    worker = Worker(store, job_handlers(_tell), keys={one})
    while True:
        worker.step()
        with store.read() as conn:
            state, error = state_of_import(conn, one)
            known = progress_of(conn, one)
        if state not in ("queued", "running"):
            return error if state != "done" else ""
        _tell(known)
        time.sleep(WAIT_S)


def _tell(known: Progress) -> None:
    share = 100 * known.at / known.size if known.size else 100.0
    sys.stderr.write(f"\r{share:5.1f} % of the file, {known.counts['read']} rows")
    sys.stderr.flush()


def _report(store: Store, one: str, out: Path | None) -> Progress:
    """Print what became of the rows; write all faults to `out` where one is given."""
    from commons.writing import output
    from knowledge_graph.culture.importing import faults_of, progress_of

    sys.stderr.write("\n")
    with store.read() as conn:
        done = progress_of(conn, one)
        for line, fault in faults_of(conn, one, SHOWN):
            print(f"- line {line}: {fault}")
        if out is not None:
            with output(out) as file:
                file.writelines(f"line {line}: {fault}\n".encode() for line, fault in faults_of(conn, one))
    missed = done.counts["bad"] + done.counts["refused"]
    if missed > SHOWN:
        print(f"- and {missed - SHOWN} more" + ("" if out else "; --faults FILE writes them all"))
    print(", ".join(f"{name.replace('_', ' ')} {number}" for name, number in done.counts.items()))
    return done
