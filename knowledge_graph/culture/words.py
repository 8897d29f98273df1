"""Small readings of museums' words: years, lists, languages. Pure; what cannot be read is left out, never guessed."""

from __future__ import annotations

import re

__all__ = ["date_year", "language_of", "one_line", "period_of", "pieces", "whole"]

HAN = re.compile(r"[㐀-鿿]")
KANA = re.compile(r"[぀-ヿ]")
HANGUL = re.compile(r"[가-힯]")
PERIOD = re.compile(
    r"\b((?:(?:Northern|Southern|Eastern|Western|Later|Former)(?: and (?:Northern|Southern))? )?[A-Z][\w'’ōū-]*(?: and [A-Z][\w'’-]*)?)"
    r" ((?:dynast(?:y|ies))|period)\b",
    re.I,
)


def one_line(found: object) -> str:
    """Any value as text without line ends or doubled spaces; "" for None.

    >>> one_line("  two\\n words "), one_line(None), one_line(3)
    ('two words', '', '3')
    """
    return "" if found is None else " ".join(str(found).split())


def whole(found: object) -> int | None:
    """A year or number written as text or number; None where it is neither.

    >>> whole("1736"), whole("-206"), whole(1890.0), whole("c. 1900"), whole(True)
    (1736, -206, 1890, None, None)
    """
    if isinstance(found, bool) or found is None:
        return None
    text = str(found).strip()
    return int(float(text)) if re.fullmatch(r"-?\d{1,6}(\.0+)?", text) else None


def date_year(found: object) -> int | None:
    """The year of a date as YYYY-MM-DD, before our era with a minus.

    A date in a year's last days stands for the year after: calendars were shifted somewhere upstream.

    >>> date_year("1736-01-01"), date_year("0385-12-31"), date_year("-0206-01-05"), date_year(None)
    (1736, 386, -206, None)
    """
    if found is None:
        return None
    read = re.fullmatch(r"(-?\d{1,6})-(\d\d)-(\d\d)(?:T.*)?", str(found).strip())
    if not read:
        return whole(found)
    return int(read[1]) + (read[2] == "12" and int(read[3]) >= 28)


def pieces(found: str, sign: str) -> list[str]:
    """The parts of a list written with `sign` between them, empty ones kept so that several lists stay in step."""
    return [one_line(part) for part in found.split(sign)] if found.strip() else []


def language_of(text: str, culture: str) -> str:
    """The language tag of a title in its original language, from its script and the museum's word for the culture.

    >>> language_of("秋山圖", "China, Ming dynasty"), language_of("富嶽三十六景", "Japan"), language_of("La Loge", "France")
    ('zh-CN', 'ja', 'und')
    """
    if HANGUL.search(text):
        return "ko"
    if KANA.search(text) or (HAN.search(text) and culture.lower().startswith("japan")):
        return "ja"
    return "zh-CN" if HAN.search(text) else "und"


def period_of(date: str) -> tuple[str, str]:
    """(period, dynasty) as a date's own words name them.

    >>> period_of("Qianlong period (1736-1795)"), period_of("Northern Song Dynasty, 960-1127"), period_of("c. 1750")
    (('Qianlong period', ''), ('', 'Northern Song Dynasty'), ('', ''))
    """
    read = PERIOD.search(date)
    if not read:
        return "", ""
    name = re.sub(r"^(possibly|late|early|mid|probably) ", "", read[0], flags=re.I)
    return ("", name) if read[2].lower().startswith("dynast") else (name, "")
