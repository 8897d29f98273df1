"""Every message exists in every language and takes the same values in each (item 3)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from commons.errors import Faults, NotFound
from commons.languages import LANGUAGES, Messages, load_messages


def test_item_03_messages_take_the_same_values_in_every_language(messages: Messages) -> None:
    for key, text in messages.entries.items():
        names = {language: set(re.findall(r"{(\w+)", text[language])) for language in LANGUAGES}
        assert len(set(map(frozenset, names.values()))) == 1, f"{key}: {names}"


def test_a_missing_language_is_named_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"a.one": {"en": "one"}, "a.two": {"zh-CN": "二", "en": " "}}), "utf-8")
    with pytest.raises(Faults) as caught:
        load_messages(tmp_path)
    assert len(caught.value.faults) == 2


def test_an_unknown_message_is_an_error(messages: Messages) -> None:
    with pytest.raises(NotFound):
        messages.say("portal.no-such-thing", "en")
