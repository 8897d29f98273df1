"""Checks what the platform writes of museum objects against the standards' own schemas (`make validate-culture DATA=<folder>`).

The folder holds checkouts of linked-art/json-validator and IIIF/presentation-validator, as `linked-art` and `iiif` or by their
own names; a schema that is not there is skipped with one line. The last line is one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from commons.languages import load_messages
from commons.settings import load_settings
from knowledge_graph.culture.carnegie import read_carnegie
from knowledge_graph.culture.iiif import manifest
from knowledge_graph.culture.linked_art import linked_art
from knowledge_graph.culture.reading import json_objects
from knowledge_graph.culture.record import CultureRecord

__all__ = ["iiif_errors", "linked_art_errors", "main", "schema_file"]

SAMPLE = "culture/carnegie_east_asian/chinese.jsonl"
BASE = "https://shuyuan.example"
Errors = Callable[[dict[str, Any]], list[str]]


def schema_file(folder: Path, name: str) -> Path | None:
    """The schema file of that name somewhere under `folder` (four folders deep at most), or None."""
    for depth in range(5):
        found = sorted(folder.glob("*/" * depth + name))
        if found:
            return found[0]
    return None


def linked_art_errors(folder: Path) -> Errors | None:
    """A function that gives the schema's complaints about a document; None where the schemas are not in `folder`."""
    from jsonschema import Draft7Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    found = schema_file(folder, "object.json")
    if found is None or not (found.parent / "core.json").exists():
        return None
    contents = {path.name: json.loads(path.read_text("utf-8")) for path in found.parent.glob("*.json")}
    pairs = [(one["$id"], Resource.from_contents(one, DRAFT7)) for one in contents.values() if "$id" in one]
    registry: Registry[Any] = Registry().with_resources(pairs)
    # Draft 7, as the validator's own script has it.
    validator = Draft7Validator(contents["object.json"], registry=registry)
    return lambda doc: _told(validator.iter_errors(doc))


def iiif_errors(folder: Path) -> Errors | None:
    """A function that gives the schema's complaints about a manifest; None where the schema is not in `folder`."""
    from jsonschema import Draft7Validator

    found = schema_file(folder, "iiif_3_0.json")
    if found is None:
        return None
    validator = Draft7Validator(json.loads(found.read_text("utf-8")))
    return lambda doc: _told(validator.iter_errors(doc))


def main(folder: str, data: Path) -> int:
    """Validate both outputs of every object of the sample; prints what was found and gives the number of errors."""
    sample = data / SAMPLE
    checks = {"linked_art": linked_art_errors(Path(folder)), "iiif": iiif_errors(Path(folder))} if folder else {}
    if not sample.exists() or not any(checks.values()):
        missing = f"no schemas under {folder!r}" if sample.exists() else f"{sample} is not there"
        _say(f"validate-culture skipped: {missing}")
        return 0
    records, messages = list(_records(sample)), load_messages()
    write: dict[str, Callable[[CultureRecord], dict[str, Any]]] = {
        "linked_art": lambda record: linked_art(record, BASE),
        "iiif": lambda record: manifest(record, BASE, messages),
    }
    figures: dict[str, int] = {"objects": len(records)}
    for name, errors in checks.items():
        if errors is None:
            _say(f"{name}: skipped, its schema is not under {folder}")
            continue
        found = [(record.id, error) for record in records for error in errors(write[name](record))]
        for object_id, error in found[:20]:
            _say(f"- {name} of {object_id}: {error}")
        figures |= {f"{name}_validated": len(records), f"{name}_errors": len(found)}
    _say(json.dumps(figures))
    return sum(number for name, number in figures.items() if name.endswith("_errors"))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _records(sample: Path) -> Iterator[CultureRecord]:
    with sample.open("rb") as file:
        yield from (read_carnegie(raw.value, "") for raw in json_objects(file))


def _told(errors: Any) -> list[str]:
    return [f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in errors]


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1] if len(sys.argv) > 1 else "", load_settings(os.environ).data) else 0)
