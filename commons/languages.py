"""Every text a person reads is a `{language: text}` map; the message catalogue is read by Python and by the viewer alike.

Catalogue files are `commons/messages/<room>.json`: `{"portal.sign-in": {"zh-CN": "登录", "en": "Sign in"}}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from commons.errors import Faults, NotFound

__all__ = ["COOKIE", "LANGUAGES", "Messages", "Text", "load_messages", "negotiate", "pick", "text_faults"]

LANGUAGES: tuple[str, ...] = ("zh-CN", "en")
COOKIE = "shuyuan-language"

Text = Mapping[str, str]


def pick(text: Text, language: str) -> str:
    """The text in `language`, else in the first language of the house that has it, else any, else "".

    >>> pick({"zh-CN": "园林", "en": "garden"}, "en"), pick({"en": "garden"}, "zh-CN"), pick({}, "en")
    ('garden', 'garden', '')
    """
    for choice in (language, *LANGUAGES, *text):
        if text.get(choice):
            return text[choice]
    return ""


def text_faults(text: object, where: str, languages: tuple[str, ...] = LANGUAGES) -> list[str]:
    """What keeps `text` from being a full language map; an empty list when nothing does.

    >>> text_faults({"en": "garden"}, "scene 'garden', title")
    ["scene 'garden', title: no text in zh-CN"]
    """
    if not isinstance(text, Mapping):
        return [f"{where}: found {type(text).__name__}, wanted a map of {', '.join(languages)} to text"]
    return [
        f"{where}: no text in {language}"
        for language in languages
        if not (isinstance(text.get(language), str) and text[language].strip())
    ]


def negotiate(*, asked: str | None = None, cookie: str | None = None, accept: str | None = None) -> str:
    """The language to answer in: what was asked for, else the cookie's, else the browser's, else the first of the house.

    >>> negotiate(accept="fr;q=0.9, en-GB;q=0.8, zh;q=0.7"), negotiate(asked="zh", cookie="en"), negotiate()
    ('en', 'zh-CN', 'zh-CN')
    """
    for wish in (asked, cookie):
        if known := _known(wish or ""):
            return known
    wishes = [_weighed(part) for part in (accept or "").split(",") if part.strip()]
    for _, tag in sorted(wishes, key=lambda wish: -wish[0]):
        if known := _known(tag):
            return known
    return LANGUAGES[0]


def _known(tag: str) -> str:
    primary = tag.strip().lower().partition("-")[0]
    return next((language for language in LANGUAGES if language.lower().partition("-")[0] == primary), "")


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.partition(";q=")
    try:
        return float(weight or 1), tag
    except ValueError:
        return 0.0, tag


@dataclass(frozen=True)
class Messages:
    """The catalogue: `entries[key][language]`."""

    entries: Mapping[str, Text]

    def say(self, key: str, language: str, **values: object) -> str:
        """The message `key` with `{name}` filled from `values`. Raises NotFound for an unknown key."""
        if key not in self.entries:
            raise NotFound(f"no message {key!r}", where="commons/messages", next="Add it in every language.")
        text = pick(self.entries[key], language)
        return text.format(**values) if values else text

    def room(self, prefix: str) -> dict[str, Text]:
        """The entries of one room, for the viewer's bundle."""
        return {key: text for key, text in self.entries.items() if key.startswith(prefix + ".")}


def load_messages(folder: Path | None = None) -> Messages:
    """All catalogues of `folder` (default: the project's). Raises Faults naming every entry that lacks a language."""
    folder = folder or Path(__file__).parent / "messages"
    entries: dict[str, Text] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.json")):
        for key, text in json.loads(path.read_text("utf-8")).items():
            faults += text_faults(text, f"{path.name}, {key!r}")
            if key in entries:
                faults.append(f"{path.name}, {key!r}: the key is there twice")
            entries[key] = text
    if faults:
        raise Faults(faults, where=str(folder), next="Every message needs every language.")
    return Messages(entries)
