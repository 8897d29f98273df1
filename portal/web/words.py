"""Numbers and times as each language writes them; the small filters of the templates. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

__all__ = ["numeral", "points", "upper_first", "words_of", "zone"]

DIGITS = "〇一二三四五六七八九"


def words_of(language: str) -> dict[str, Callable[..., str]]:
    """The functions a page may call: numeral(n), points(x), local_time(t), zone(t), deadline(t), percent(p)."""
    return {
        "numeral": lambda number: numeral(number, language),
        "points": points,
        "local_time": local_time,
        "zone": zone,
        "deadline": lambda time: deadline(time, language),
        "percent": lambda share: f"{share * 100:.0f}%",
    }


def numeral(number: int, language: str) -> str:
    """A chapter's number; Chinese up to 99.

    >>> numeral(4, "zh-CN"), numeral(12, "zh-CN"), numeral(20, "zh-CN"), numeral(4, "en")
    ('四', '十二', '二十', '4')
    """
    if language != "zh-CN" or not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("" if tens == 1 else DIGITS[tens]) + "十"
    return head + (DIGITS[ones] if ones else "")


def points(number: float | None) -> str:
    """Points without needless decimals; a dash when there are none.

    >>> points(3.0), points(2.5), points(None)
    ('3', '2.5', '–')
    """
    return "–" if number is None else f"{number:.2f}".rstrip("0").rstrip(".")


def local_time(time: datetime) -> str:
    """A time on this server's clock, to the minute."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M")


def zone(time: datetime) -> str:
    """This server's offset at that time, as people write it.

    >>> from datetime import UTC
    >>> zone(datetime(2026, 1, 1, tzinfo=UTC)).startswith("UTC")
    True
    """
    offset = time.astimezone().utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    if not hours and not minutes:
        return "UTC"
    return f"UTC{'-' if offset < timedelta() else '+'}{hours}" + (f":{minutes:02}" if minutes else "")


def deadline(time: datetime, language: str) -> str:
    """A deadline in words: the day of the week, the date and the time, with this server's offset."""
    here = time.astimezone()
    if language == "zh-CN":
        year = "" if here.year == datetime.now().astimezone().year else f"{here.year}年"
        return f"{year}{here.month}月{here.day}日（周{'一二三四五六日'[here.weekday()]}）{here:%H:%M}（{zone(time)}）"
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{days[here.weekday()]} {here.day} {months[here.month - 1]} {here.year}, {here:%H:%M} ({zone(time)})"


def upper_first(text: str) -> str:
    """The text with its first letter large: a label that became a heading.

    >>> upper_first("mean"), upper_first("月洞门"), upper_first("")
    ('Mean', '月洞门', '')
    """
    return text[:1].upper() + text[1:]
