"""The portal's words: every key that is used exists, none lies unused, Chinese is punctuated as Chinese; doctests of the room hold."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
import re

import pytest

import portal
from commons.languages import LANGUAGES
from commons.places import ROOT

CATALOGUE = ROOT / "commons" / "messages" / "portal.json"
# Keys that templates and pages put together from parts.
PUT_TOGETHER = (
    "portal.theme.", "portal.state.", "portal.kind.", "portal.front.", "portal.said.", "portal.my.go.", "portal.my.mode.",
    "portal.my.state.", "portal.my.", "portal.concept.", "portal.answer.", "portal.error.", "portal.help.",
    "portal.desk.", "portal.mode.", "portal.results.", "portal.marking.", "portal.late.", "portal.rules.", "portal.regrade.state.",
    "portal.audit.", "portal.graph.", "portal.review.",
)  # fmt: skip
HAN = r"[\u4e00-\u9fff\u3002\u300b\u201d\uff09]"


def _sources() -> str:
    folders = [ROOT / "portal", ROOT / "hub_config" / "templates"]
    files = [path for folder in folders for pattern in ("*.py", "*.html") for path in folder.rglob(pattern)]
    return "\n".join(path.read_text("utf-8") for path in files)


def _messages() -> dict[str, dict[str, str]]:
    found = json.loads(CATALOGUE.read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def test_every_key_that_is_used_exists_and_none_lies_unused() -> None:
    used = set(re.findall(r"[\"'](portal\.[a-z0-9.-]+)[\"']", _sources())) - {"portal.css"}
    known = set(_messages())
    modules = {info.name for info in pkgutil.walk_packages(portal.__path__, "portal.")}
    assert sorted(used - known - modules - {key for key in used if key.endswith(".")}) == []
    assert sorted(key for key in known - used if not key.startswith(PUT_TOGETHER)) == []


def test_chinese_is_punctuated_as_chinese() -> None:
    wrong = [key for key, text in _messages().items() if re.search(HAN + "[,:;?!]", text["zh-CN"])]
    assert wrong == []


def test_both_languages_name_the_same_values() -> None:
    for key, text in _messages().items():
        names = [set(re.findall(r"\{(\w+)\}", text[language])) for language in LANGUAGES]
        assert names[0] == names[1], key


@pytest.mark.parametrize(
    "name",
    [
        "portal.sheets",
        "portal.suggestions",
        "portal.web.pages.graph.map",
        "portal.roster",
        "portal.web.words",
        "portal.web.look",
        "portal.web.session",
        "portal.web.fonts",
        "portal.web.guard",
        "portal.web.faults",
    ],
)
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted and not result.failed
