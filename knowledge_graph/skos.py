"""The graph out to SKOS (Turtle, JSON-LD, N-Triples) or CSV and back without loss. Reading never follows an address
in the data.

Concepts are skos:Concept in one scheme; areas are skos:Collection; a prerequisite is a node of its own,
because it carries author, method, confidence and who confirmed it, and is repeated as one plain triple
(`requires`) for readers that want no more. Entities are nodes of their kind, a tie is one triple.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from commons.errors import BadInput, Faults
from commons.languages import Text
from knowledge_graph.check import graph_faults
from knowledge_graph.model import Concept, Entity, Graph, Prerequisite
from knowledge_graph.skos_in import TERMS, read_triples
from knowledge_graph.table import read_table, write_table

if TYPE_CHECKING:
    import rdflib

__all__ = ["FORMATS", "export_skos", "import_skos"]

Format = Literal["turtle", "json-ld", "nt", "csv"]
FORMATS: tuple[str, ...] = ("turtle", "json-ld", "nt", "csv")
BASE = "urn:shuyuan:"


def export_skos(graph: Graph, format: Format = "turtle", *, base: str = BASE) -> str:
    """`graph` as text in `format`; the ids of its nodes begin with `base`. Raises BadInput for an unknown
    format.
    """
    _check_format(format)
    if format == "csv":
        return write_table(graph)
    out = _Triples(graph, base).out
    if format == "json-ld":
        return out.serialize(format=format, auto_compact=True)
    return out.serialize(format=format)


def import_skos(text: str, format: Format = "turtle") -> Graph:
    """The graph that `text` says. Raises Faults with everything that breaks an invariant, BadInput where it
    cannot be read at all.
    """
    _check_format(format)
    graph, faults = read_table(text) if format == "csv" else read_triples(text, format)
    faults += graph_faults(graph)
    if faults:
        raise Faults(faults, where=f"imported {format}", next="Nothing was taken over.")
    return graph


class _Triples:
    """The triples of a graph; `base` opens the address of every node."""

    def __init__(self, graph: Graph, base: str) -> None:
        from rdflib import DCTERMS, RDF, SKOS, Namespace
        from rdflib import Graph as Triples

        self.base, self.terms, self.out = base, Namespace(TERMS), Triples()
        for prefix, space in (("skos", SKOS), ("dcterms", DCTERMS), ("shuyuan", self.terms)):
            self.out.bind(prefix, space)
        self.out.add((self.node("scheme"), RDF.type, SKOS.ConceptScheme))
        for area, label in graph.areas.items():
            self.say(self.node("area", area), SKOS.Collection, area, {SKOS.prefLabel: label})
        for concept in graph.concepts.values():
            self.concept(concept)
        for edge in graph.prerequisites:
            self.edge(edge)
        for entity in graph.entities.values():
            self.entity(entity)
        for tie in graph.ties:
            target = self.node("concept" if tie.target in graph.concepts else "entity", tie.target)
            self.out.add((self.node("entity", tie.source), self.terms[tie.relation], target))

    def node(self, *parts: str) -> rdflib.URIRef:
        from rdflib import URIRef

        return URIRef(self.base + "/".join(quote(part, safe="/:.-_~") for part in parts))

    def say(self, node: rdflib.URIRef, kind: rdflib.URIRef, name: str, texts: dict[Any, Text]) -> None:
        from rdflib import RDF, SKOS
        from rdflib import Literal as Word

        self.out.add((node, RDF.type, kind))
        self.out.add((node, SKOS.notation, Word(name)))
        for what, text in texts.items():
            for language, words in text.items():
                self.out.add((node, what, Word(words, lang=language)))

    def concept(self, concept: Concept) -> None:
        from rdflib import SKOS, URIRef
        from rdflib import Literal as Word

        node = self.node("concept", concept.id)
        self.say(node, SKOS.Concept, concept.id, {SKOS.prefLabel: concept.label, SKOS.definition: concept.definition})
        self.out.add((node, SKOS.inScheme, self.node("scheme")))
        self.out.add((self.node("area", concept.area), SKOS.member, node))
        for language, labels in concept.alt.items():
            for label in labels:
                self.out.add((node, SKOS.altLabel, Word(label, lang=language)))
        for wide in concept.broader:
            self.out.add((node, SKOS.broader, self.node("concept", wide)))
            self.out.add((self.node("concept", wide), SKOS.narrower, node))
        for other in concept.related:
            self.out.add((node, SKOS.related, self.node("concept", other)))
        for same in concept.exact:
            self.out.add((node, SKOS.exactMatch, URIRef(same)))

    def edge(self, edge: Prerequisite) -> None:
        from decimal import Decimal

        from rdflib import DCTERMS, RDF, XSD
        from rdflib import Literal as Word

        node = self.node("prerequisite", edge.before, edge.after)
        before, after = self.node("concept", edge.before), self.node("concept", edge.after)
        self.out.add((node, RDF.type, self.terms.Prerequisite))
        self.out.add((node, self.terms.before, before))
        self.out.add((node, self.terms.after, after))
        self.out.add((node, DCTERMS.creator, Word(edge.author)))
        self.out.add((node, self.terms.method, Word(edge.method)))
        # As a decimal: rdflib writes a double in Turtle with seven digits.
        sure = format(Decimal(repr(edge.confidence)), "f")
        self.out.add((node, self.terms.confidence, Word(sure, datatype=XSD.decimal)))
        if edge.confirmed_by:
            self.out.add((node, self.terms.confirmedBy, Word(edge.confirmed_by)))
        self.out.add((after, self.terms.requires, before))

    def entity(self, entity: Entity) -> None:
        from rdflib import SKOS, URIRef

        node = self.node("entity", entity.id)
        texts = {SKOS.prefLabel: entity.label, SKOS.note: entity.note}
        self.say(node, self.terms[entity.kind.title()], entity.id, texts)
        for same in entity.same:
            self.out.add((node, SKOS.exactMatch, URIRef(same)))


def _check_format(format: str) -> None:
    if format not in FORMATS:
        raise BadInput(f"format '{format}' is not known", next=f"Use one of {', '.join(FORMATS)}.")
