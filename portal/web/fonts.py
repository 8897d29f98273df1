"""The stylesheet of the self-hosted fonts, made from npm's @fontsource packages; no page ever asks another host for a font.

Latin faces exist twice: the `zh` family leaves out the quotation marks, dash and ellipsis that Latin and Chinese
share, so that a Chinese page sets them full-width from the Chinese face.
"""

from __future__ import annotations

import re
from pathlib import Path

from commons.places import ROOT

__all__ = ["FONT_FILE", "FONT_PACKAGES", "fonts_css"]

FONT_PACKAGES = ROOT / "node_modules" / "@fontsource"
FONT_FILE = re.compile(r"[a-z0-9-]+\.woff2")
SHARED_MARKS = (0xB7, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026)
FACES = (
    ("noto-serif-sc", "Noto Serif SC", ("400", "600")),
    ("noto-sans-sc", "Noto Sans SC", ("400",)),
    ("source-serif-4", "Source Serif 4", ("400", "600", "400-italic")),
    ("source-sans-3", "Source Sans 3", ("400", "600")),
)
# Widths and heights of the two Latin faces against Times and Arial (and their metric twins), measured over running text.
FALLBACKS = """\
@font-face{font-family:"Serif Until Then";src:local("Times New Roman"),local("Liberation Serif"),local("Tinos");\
size-adjust:118%;ascent-override:87.8%;descent-override:28.4%;line-gap-override:0%}
@font-face{font-family:"Sans Until Then";src:local("Arial"),local("Liberation Sans"),local("Arimo");\
size-adjust:93.4%;ascent-override:109.6%;descent-override:42.8%;line-gap-override:0%}
"""
RULE = re.compile(
    r"/\* (?P<name>\S+) \*/\s*@font-face \{.*?url\(\./files/(?P<file>[a-z0-9-]+\.woff2)\).*?"
    r"unicode-range: (?P<range>[^;]+);\s*\}",
    re.S,
)


def fonts_css(packages: Path) -> str:
    """`@font-face` rules for every slice found under `packages` (…/node_modules/@fontsource); a missing package gives none."""
    rules = [FALLBACKS]
    for package, family, weights in FACES:
        for weight in weights:
            sheet = packages / package / f"{weight}.css"
            if sheet.is_file():
                rules += _faces(sheet.read_text("utf-8"), package, family, weight)
    return "".join(rules)


def _faces(sheet: str, package: str, family: str, weight: str) -> list[str]:
    chinese = package.endswith("-sc")
    found = []
    for rule in RULE.finditer(sheet):
        if chinese and "[" not in rule["name"]:
            continue  # the Latin, Cyrillic and Vietnamese parts of the Chinese faces: Source Serif and Sans set those
        if not chinese and "-latin" not in rule["name"]:
            continue
        span = rule["range"].replace(" ", "")
        found.append(_face(family, weight, f"/static/fonts/{package}/{rule['file']}", span))
        if not chinese:
            found.append(_face(f"{family} zh", weight, f"/static/fonts/{package}/{rule['file']}", _without(span)))
    return found


def _face(family: str, weight: str, url: str, span: str) -> str:
    number, _, style = weight.partition("-")
    return (
        f'@font-face{{font-family:"{family}";font-style:{style or "normal"};font-weight:{number};font-display:swap;'
        f'src:url({url}) format("woff2");unicode-range:{span}}}\n'
    )


def _without(span: str, marks: tuple[int, ...] = SHARED_MARKS) -> str:
    """The same range less `marks`.

    >>> _without("U+0041,U+2010-201A")
    'U+0041,U+2010-2013,U+2015-2017,U+201A'
    """
    left: list[tuple[int, int]] = []
    for part in span.split(","):
        low, _, high = part.removeprefix("U+").partition("-")
        pieces = [(int(low, 16), int(high or low, 16))]
        for mark in marks:
            pieces = [piece for a, b in pieces for piece in _cut(a, b, mark)]
        left += pieces
    return ",".join(f"U+{a:04X}" if a == b else f"U+{a:04X}-{b:04X}" for a, b in left)


def _cut(low: int, high: int, mark: int) -> list[tuple[int, int]]:
    if not low <= mark <= high:
        return [(low, high)]
    return [piece for piece in ((low, mark - 1), (mark + 1, high)) if piece[0] <= piece[1]]
