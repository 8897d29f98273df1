"""The graph out to SKOS (Turtle, JSON-LD, N-Triples) and back without loss. Reading never follows an address
in the data.

Concepts are skos:Concept in one scheme; areas are skos:Collection; a prerequisite is a node of its own,
because it carries author, method and confidence, and is repeated as one plain triple (`requires`) for
readers that want no more.
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any, Literal

from commons.errors import BadInput, Faults
from commons.languages import LANGUAGES, Text
from knowledge_graph.check import graph_faults
from knowledge_graph.model import Concept, Graph, Prerequisite

if TYPE_CHECKING:
    import rdflib

__all__ = ["FORMATS", "export_skos", "import_skos"]

Format = Literal["turtle", "json-ld", "nt"]
FORMATS: tuple[str, ...] = ("turtle", "json-ld", "nt")
BASE = "urn:shuyuan:"
TERMS = "urn:shuyuan:terms/"


def export_skos(graph: Graph, format: Format = "turtle", *, base: str = BASE) -> str:
    """`graph` as text in `format`; the ids of its nodes begin with `base`. Raises BadInput for an unknown
    format.
    """
    _check_format(format)
    from rdflib import DCTERMS, RDF, SKOS, XSD, Namespace, URIRef
    from rdflib import Graph as Triples
    from rdflib import Literal as Word

    terms, out = Namespace(TERMS), Triples()
    out.bind("skos", SKOS)
    out.bind("dcterms", DCTERMS)
    out.bind("shuyuan", terms)
    scheme = URIRef(base + "scheme")
    out.add((scheme, RDF.type, SKOS.ConceptScheme))
    for area, label in graph.areas.items():
        node = URIRef(f"{base}area/{area}")
        _say(out, node, SKOS.Collection, area, {SKOS.prefLabel: label})
    for concept in graph.concepts.values():
        node = URIRef(f"{base}concept/{concept.id}")
        texts = {SKOS.prefLabel: concept.label, SKOS.definition: concept.definition}
        _say(out, node, SKOS.Concept, concept.id, texts)
        out.add((node, SKOS.inScheme, scheme))
        out.add((URIRef(f"{base}area/{concept.area}"), SKOS.member, node))
    for edge in graph.prerequisites:
        node = URIRef(f"{base}prerequisite/{edge.before}/{edge.after}")
        before, after = (URIRef(f"{base}concept/{end}") for end in (edge.before, edge.after))
        out.add((node, RDF.type, terms.Prerequisite))
        out.add((node, terms.before, before))
        out.add((node, terms.after, after))
        out.add((node, DCTERMS.creator, Word(edge.author)))
        out.add((node, terms.method, Word(edge.method)))
        out.add((node, terms.confidence, Word(repr(edge.confidence), datatype=XSD.double)))
        out.add((after, terms.requires, before))
    if format == "json-ld":
        return out.serialize(format=format, auto_compact=True)
    return out.serialize(format=format)


def import_skos(text: str, format: Format = "turtle") -> Graph:
    """The graph that `text` says. Raises Faults with everything that breaks an invariant, BadInput where it
    cannot be read at all.
    """
    _check_format(format)
    if format == "json-ld":
        _refuse_addresses(text)
    from rdflib import SKOS

    data = _parsed(text, format)
    faults: list[str] = []
    areas = {_notation(data, node): (node, _texts(data, node, SKOS.prefLabel)) for node in _all(data, SKOS.Collection)}
    area_of = {member: area for area, (node, _) in areas.items() for member in data.objects(node, SKOS.member)}
    concepts: dict[str, Concept] = {}
    for node in _all(data, SKOS.Concept):
        name = _notation(data, node)
        if name in concepts:
            faults.append(f"concept '{name}' is there twice")
        label, definition = _texts(data, node, SKOS.prefLabel), _texts(data, node, SKOS.definition)
        concepts[name] = Concept(name, label, definition, area_of.get(node, name.partition(".")[0]))
    edges = [_edge(data, node, faults) for node in _all(data, _term("Prerequisite"))]
    found = [edge for edge in edges if edge]
    graph = Graph(concepts, tuple(sorted(found, key=_ends)), {area: label for area, (_, label) in areas.items()})
    faults += graph_faults(graph)
    if faults:
        raise Faults(faults, where=f"imported {format}", next="Nothing was taken over.")
    return graph


def _parsed(text: str, format: str) -> rdflib.Graph:
    from rdflib import Graph as Triples

    data = Triples()
    try:
        with warnings.catch_warnings():  # rdflib 7.6 reads JSON-LD through a class that it deprecates itself
            warnings.filterwarnings("ignore", "ConjunctiveGraph is deprecated", DeprecationWarning)
            data.parse(data=text, format=format)
    except Exception as error:  # rdflib's parsers raise a dozen unrelated types
        raise BadInput(f"this is not {format}: {error}", next="Check that the file is whole.") from error
    return data


def _say(out: rdflib.Graph, node: rdflib.URIRef, kind: rdflib.URIRef, name: str, texts: dict[Any, Text]) -> None:
    from rdflib import RDF, SKOS
    from rdflib import Literal as Word

    out.add((node, RDF.type, kind))
    out.add((node, SKOS.notation, Word(name)))
    for what, text in texts.items():
        for language, words in text.items():
            out.add((node, what, Word(words, lang=language)))


def _all(data: rdflib.Graph, kind: rdflib.URIRef) -> list[Any]:
    from rdflib import RDF

    return sorted(data.subjects(RDF.type, kind))


def _notation(data: rdflib.Graph, node: Any) -> str:
    from rdflib import SKOS

    found = data.value(node, SKOS.notation)
    return str(found) if found is not None else str(node).rpartition("/")[2]


def _texts(data: rdflib.Graph, node: Any, what: Any) -> Text:
    known = {language.lower(): language for language in LANGUAGES}
    words = sorted((getattr(one, "language", None) or "", str(one)) for one in data.objects(node, what))
    return {known.get(language.lower(), language): text for language, text in words}


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
    author, method = data.value(node, DCTERMS.creator), data.value(node, _term("method"))
    ends = (_notation(data, before), _notation(data, after))
    return Prerequisite(*ends, str(author or ""), str(method or ""), confidence)


def _term(name: str) -> Any:
    from rdflib import URIRef

    return URIRef(TERMS + name)


def _ends(edge: Prerequisite) -> tuple[str, str]:
    return edge.after, edge.before


def _check_format(format: str) -> None:
    if format not in FORMATS:
        raise BadInput(f"format '{format}' is not known", next=f"Use one of {', '.join(FORMATS)}.")


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
