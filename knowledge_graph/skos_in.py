"""Reads SKOS (Turtle, JSON-LD, N-Triples) back into a graph and checks it like the files. No address in the data is
followed.
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from commons.errors import BadInput
from commons.languages import LANGUAGES, Text
from knowledge_graph.model import ENTITY_KINDS, TIE_RELATIONS, Concept, Entity, Graph, Prerequisite, Tie

if TYPE_CHECKING:
    import rdflib

__all__ = ["TERMS", "read_triples"]

TERMS = "urn:shuyuan:terms/"
MOST_TOLD = 200  # characters of what a parser says


def read_triples(text: str, format: str) -> tuple[Graph, list[str]]:
    """The graph that `text` says, unchecked, and the faults of its form. Raises BadInput where it cannot be read."""
    if format == "json-ld":
        _refuse_addresses(text)
    data = _parsed(text, format)
    faults: list[str] = []
    areas, concepts = _concepts(data, faults)
    edges = [_edge(data, node, faults) for node in _all(data, _term("Prerequisite"))]
    found = tuple(sorted((edge for edge in edges if edge), key=lambda edge: (edge.after, edge.before)))
    entities = _entities(data, faults)
    return Graph(concepts, found, areas, entities, _ties(data)), faults


def _concepts(data: rdflib.Graph, faults: list[str]) -> tuple[dict[str, Text], dict[str, Concept]]:
    from rdflib import SKOS

    areas = {_notation(data, node): (node, _texts(data, node, SKOS.prefLabel)) for node in _all(data, SKOS.Collection)}
    area_of = {member: area for area, (node, _) in areas.items() for member in data.objects(node, SKOS.member)}
    concepts: dict[str, Concept] = {}
    for node in _all(data, SKOS.Concept):
        name = _notation(data, node)
        if name in concepts:
            faults.append(f"concept '{name}' is there twice")
        concepts[name] = Concept(
            name,
            _texts(data, node, SKOS.prefLabel),
            _texts(data, node, SKOS.definition),
            area_of.get(node, name.partition(".")[0]),
            _labels(data, node),
            _ids(data, {*data.objects(node, SKOS.broader), *data.subjects(SKOS.narrower, node)}),
            _ids(data, set(data.objects(node, SKOS.related))),
            tuple(sorted(str(one) for one in data.objects(node, SKOS.exactMatch))),
        )
    return {area: label for area, (_, label) in areas.items()}, concepts


def _entities(data: rdflib.Graph, faults: list[str]) -> dict[str, Entity]:
    from rdflib import SKOS

    found: dict[str, Entity] = {}
    for kind in ENTITY_KINDS:
        for node in _all(data, _term(kind.title())):
            name = _notation(data, node)
            if name in found:
                faults.append(f"entity '{name}' is there twice")
            label, note = _texts(data, node, SKOS.prefLabel), _texts(data, node, SKOS.note)
            same = tuple(sorted(str(one) for one in data.objects(node, SKOS.exactMatch)))
            found[name] = Entity(name, kind, label, same, note)
    return found


def _ties(data: rdflib.Graph) -> tuple[Tie, ...]:
    said = [
        Tie(_notation(data, source), relation, _notation(data, target))
        for relation in TIE_RELATIONS
        for source, target in data.subject_objects(_term(relation))
    ]
    return tuple(sorted(said, key=lambda tie: (tie.source, tie.relation, tie.target)))


def _ids(data: rdflib.Graph, nodes: set[Any]) -> tuple[str, ...]:
    return tuple(sorted(_notation(data, node) for node in nodes))


def _labels(data: rdflib.Graph, node: Any) -> dict[str, tuple[str, ...]]:
    from rdflib import SKOS

    found: dict[str, list[str]] = {}
    for one in data.objects(node, SKOS.altLabel):
        found.setdefault(_language(one), []).append(str(one))
    return {language: tuple(sorted(found[language])) for language in sorted(found)}


def _language(word: Any) -> str:
    """The tag as this house writes it; rdflib makes it small. A word without one counts as the first language's."""
    parts = (getattr(word, "language", None) or LANGUAGES[0]).split("-")
    return "-".join([parts[0].lower(), *(one.title() if len(one) == 4 else one.upper() for one in parts[1:])])


def _parsed(text: str, format: str) -> rdflib.Graph:
    from rdflib import Graph as Triples

    data = Triples()
    try:
        with warnings.catch_warnings():  # rdflib 7.6 reads JSON-LD through a class that it deprecates itself
            warnings.filterwarnings("ignore", "ConjunctiveGraph is deprecated", DeprecationWarning)
            data.parse(data=text, format=format)
    except Exception as error:  # rdflib's parsers raise a dozen unrelated types
        # Behind what is wrong the parser of Turtle prints the file.
        told = " ".join(str(error).partition(" at ^ in:")[0].replace(" of <>:", ":").split())
        raise BadInput(f"this is not {format}: {told[:MOST_TOLD]}", next="Check that the file is whole.") from error
    return data


def _all(data: rdflib.Graph, kind: rdflib.URIRef) -> list[Any]:
    from rdflib import RDF

    return sorted(data.subjects(RDF.type, kind))


def _notation(data: rdflib.Graph, node: Any) -> str:
    from rdflib import SKOS

    found = data.value(node, SKOS.notation)
    return str(found) if found is not None else str(node).rpartition("/")[2]


def _texts(data: rdflib.Graph, node: Any, what: Any) -> Text:
    return dict(sorted((_language(one), str(one)) for one in data.objects(node, what)))


def _edge(data: rdflib.Graph, node: Any, faults: list[str]) -> Prerequisite | None:
    from rdflib import DCTERMS

    before, after = data.value(node, _term("before")), data.value(node, _term("after"))
    if before is None or after is None:
        faults.append(f"prerequisite {node} lacks 'before' or 'after'")
        return None
    try:
        confidence = float(str(data.value(node, _term("confidence"))))
    except ValueError:
        confidence = 0.0
    who = [data.value(node, what) for what in (DCTERMS.creator, _term("method"), _term("confirmedBy"))]
    author, method, confirmed = (str(one) if one is not None else "" for one in who)
    return Prerequisite(_notation(data, before), _notation(data, after), author, method, confidence, confirmed)


def _term(name: str) -> Any:
    from rdflib import URIRef

    return URIRef(TERMS + name)


def _refuse_addresses(text: str) -> None:
    """A JSON-LD context may name an address to be fetched; that would be a request into the net on a
    stranger's word.
    """
    try:
        todo: list[Any] = [json.loads(text)]
    except (ValueError, RecursionError) as error:
        raise BadInput(f"this is not JSON: {error}", next="Check that the file is whole.") from error
    while todo:
        here = todo.pop()
        if isinstance(here, list):
            todo += here
        elif isinstance(here, dict):
            contexts = here.get("@context", [])
            named = contexts if isinstance(contexts, list) else [contexts]
            if any(isinstance(one, str) for one in named) or "@import" in here:
                raise BadInput("the JSON-LD names a context by address", next="Write the context into the file.")
            todo += here.values()
