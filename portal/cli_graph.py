"""`shuyuan graph …`: the subject graph from the command line. Heavy imports stay inside the command that needs them."""

from __future__ import annotations

import os

import typer

from commons.settings import load_settings

__all__ = ["graph_app"]

graph_app = typer.Typer(no_args_is_help=True, help="The subject graph: concepts and what comes before what.")


@graph_app.command("check")
def check_graph() -> None:
    """Check the graph's invariants and that every unit, exercise, stop and object is linked to concepts in it."""
    from knowledge_graph import check_links
    from portal.catalogue import load_catalogue

    found = load_catalogue(load_settings(os.environ).home)
    faults = [*found.faults, *check_links(found.graph, found.items)]
    for fault in faults:
        print(f"- {fault}")
    counts = f"{len(found.graph.concepts)} concepts, {len(found.graph.prerequisites)} prerequisites, {len(found.items)} items"
    print(f"{counts}, {len(faults)} faults")
    raise typer.Exit(1 if faults else 0)
