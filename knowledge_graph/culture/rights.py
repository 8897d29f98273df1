"""What one may do with a description or a picture: the museum's words, the address of the licence, and whether it is open.

Rule: open means free for any use without asking (CC0, public domain, CC BY, CC BY-SA); what nobody said is unknown and is
treated as not free.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CC0", "COPYRIGHT", "NOT_EVALUATED", "UNKNOWN", "Open", "Rights", "rights_of"]


class Open(StrEnum):
    yes = "yes"
    no = "no"
    unknown = "unknown"


@dataclass(frozen=True)
class Rights:
    """`uri` names the licence or rights statement, or is ""; `note` is what the museum wrote."""

    open: Open = Open.unknown
    uri: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "open", Open(self.open))


UNKNOWN = Rights()
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
PUBLIC_DOMAIN = "http://creativecommons.org/publicdomain/mark/1.0/"
COPYRIGHT = "http://rightsstatements.org/vocab/InC/1.0/"
NOT_EVALUATED = "http://rightsstatements.org/vocab/CNE/1.0/"

CC_BY = re.compile(r"\bCC[ -]BY(-SA)?(?:[ -](\d\.\d))?(?![ -]?(NC|ND|SA-NC|[A-Z]))", re.I)
NEVER = re.compile(
    r"\bNOT\b|\bnon-?commercial\b|\bNC\b|\bND\b|all rights reserved|copyright|©|in copyright|restrict", re.I
)


def rights_of(said: str | None) -> Rights:
    """What a museum's word for its rights comes to. A "not" anywhere wins over the name of a licence.

    >>> rights_of("CC0-1.0").open.value, rights_of("images are NOT CC0 (source README)").open.value, rights_of("").open.value
    ('yes', 'no', 'unknown')
    """
    note = " ".join((said or "").split())
    if not note:
        return UNKNOWN
    if re.fullmatch(r"https?://creativecommons\.org/(publicdomain|licenses)/\S+", note):
        return Rights(Open.no if re.search(r"/by(-sa)?-n[cd]", note) else Open.yes, note, note)
    if NEVER.search(note):
        uri = COPYRIGHT if re.search(r"copyrighted|in copyright|©", note, re.I) else NOT_EVALUATED
        return Rights(Open.no, uri, note)
    if re.search(r"\bCC-?0\b|CC ?zero|\bzero\b", note, re.I):
        return Rights(Open.yes, CC0, note)
    if re.search(r"public domain", note, re.I):
        return Rights(Open.yes, PUBLIC_DOMAIN, note)
    if by := CC_BY.search(note):
        kind = "by-sa" if by[1] else "by"
        return Rights(Open.yes, f"http://creativecommons.org/licenses/{kind}/{by[2] or '4.0'}/", note)
    return Rights(Open.unknown, "", note)
