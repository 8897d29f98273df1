"""Chinese is set as a Chinese book sets it: full-width punctuation beside Chinese characters, wherever a person reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from commons.places import ROOT

HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;!?](?![\w/])|[\u4e00-\u9fff]:(?!//)|[,;!?:](?=[\u4e00-\u9fff])")
CODE = re.compile(r"```.*?```|`[^`]*`", re.S)


def _texts(found: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every zh-CN text of nested language maps, with its place."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key == "zh-CN" and isinstance(value, str):
                yield place, value
            else:
                yield from _texts(value, f"{place}.{key}")
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield from _texts(value, f"{place}[{number}]")


def _notebook(path: Path) -> Iterator[tuple[str, str]]:
    for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"]):
        if cell["cell_type"] == "markdown":
            blocks = re.split(r"<!-- (zh-CN|en) -->\n?", "".join(cell["source"]))
            for language, text in zip(blocks[1::2], blocks[2::2], strict=True):
                if language == "zh-CN":
                    yield f"{path.name}[{number}]", text


def _all() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "commons" / "messages").glob("*.json"):
        yield from _texts(json.loads(path.read_text("utf-8")), path.name)
    for path in (ROOT / "vr_scenes" / "content").rglob("*.json"):
        yield from _texts(json.loads(path.read_text("utf-8")), path.name)
    for room in ("knowledge_graph", "courses"):
        for path in (ROOT / room / "content").rglob("*.yaml"):
            yield from _texts(yaml.safe_load(path.read_text("utf-8")), path.name)
    for path in (ROOT / "courses" / "content").rglob("*.ipynb"):
        yield from _notebook(path)


def test_chinese_texts_have_chinese_punctuation() -> None:
    wrong = [f"{place}: {text[:60]}" for place, text in _all() if HALF_WIDTH.search(CODE.sub("", text))]
    assert not wrong, "\n".join(wrong)
