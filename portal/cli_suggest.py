"""`shuyuan graph suggest`: concepts and prerequisites from a course's text, as a table and as a file for the teacher's
review. Heavy imports stay inside the command.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commons.settings import load_settings

if TYPE_CHECKING:
    from knowledge_graph.suggest.store import SuggestionSet

__all__ = ["add_suggest_command", "table"]


def add_suggest_command(app: typer.Typer) -> None:
    """Put the command on `shuyuan graph`."""
    app.command("suggest")(suggest_graph)


def suggest_graph(
    course: Annotated[list[str], typer.Argument(help="Courses of this platform, or folders of notebooks or Markdown.")],
    most: Annotated[int, typer.Option(min=1, max=300, help="Most concepts suggested for a course.")] = 60,
) -> None:
    """Suggest concepts and prerequisites from the text of courses; a teacher decides about them on the review page.

    Of a folder that is no course of this platform the table is all that is made.
    """
    from commons.errors import BadInput
    from courses.places import course_folder
    from knowledge_graph import load_graph
    from knowledge_graph.load import graph_folders
    from knowledge_graph.suggest.learn import learnt
    from knowledge_graph.suggest.run import suggest
    from knowledge_graph.suggest.store import suggestions_path, write_suggestions
    from knowledge_graph.suggest.weights import read_weights
    from knowledge_graph.vectors import best

    settings = load_settings(os.environ)
    chosen = []
    for name in course:
        path = Path(name)
        is_path = os.sep in name or name in {".", ".."}
        if is_path and not path.exists():
            raise BadInput(f"there is no folder '{name}'", next="Name a course, or a folder of notebooks or Markdown.")
        folder = path.resolve() if is_path else course_folder(name, settings.home)
        suggestions_path(settings.home, folder.name)
        chosen.append((folder, is_path))
    graph = load_graph(graph_folders(settings.home))
    vectors = best(settings)
    weights, layer = read_weights(vectors=vectors.name), learnt(settings.home)
    for folder, is_path in chosen:
        found = suggest(folder, folder.name, graph, vectors, weights, layer, most)
        sys.stdout.write(table(found))
        sys.stdout.write(f"decisions learnt from: {layer.decisions}; text vectors: {vectors.name}\n")
        if is_path:
            sys.stdout.write("not kept: a folder is no course here. Teachers decide about courses (shuyuan course import).\n")
        else:
            sys.stdout.write(f"written: {write_suggestions(settings.home, found)}\n")


def table(found: SuggestionSet) -> str:
    """The set as lines for a terminal: concepts with their score, then edges with their probability and first reason."""
    head = f"{found.course}: {len(found.concepts)} concepts and {len(found.edges)} edges, {found.label}"
    lines = [head, f"already in the graph: {', '.join(found.recognised) or '–'}", ""]
    for one in found.concepts:
        words = " / ".join(one.label.values())
        lines.append(f"{one.score:.2f}  {one.kind:<9} {one.mentions:>4}×  {words}  ({one.id})")
    lines.append("")
    for edge in found.edges:
        place = edge.evidence[0].place
        where = f"{place.source}, cell {place.cell + 1}: {place.sentence[:90]}"
        lines.append(f"{edge.probability:.2f}  {edge.before} → {edge.after}\n      {where}")
    return "\n".join([*lines, ""])
