"""`show`: a scene in a notebook's output, as an inline frame on the same site.

The rule kept here: runs on the learner's side, so it imports only the standard library and opens no connection itself;
the browser fetches the tour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

__all__ = ["Frame", "embed_html", "show"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Frame:
    """What `show` gives: `data` is HTML that a notebook shows under its cell.

    IPython's own HTML warns in the cell's output at every inline frame, and its IFrame escapes nothing.
    """

    data: str

    def _repr_html_(self) -> str:
        return self.data


def show(scene: str, stop: str = "", language: str | None = None, *, height: int = 480, base: str = "") -> Frame:
    """Show a scene, opened at a stop, under the cell.

    `language` is "zh-CN" or "en"; None leaves it to the reader's own choice. `height` is in pixels. `base` is the
    platform's address, needed only where notebooks are served from another origin. Raises ValueError for a name that
    cannot be a scene or stop.
    """
    return Frame(embed_html(scene, stop, language, height=height, base=base))


def embed_html(scene: str, stop: str = "", language: str | None = None, *, height: int = 480, base: str = "") -> str:
    """The inline frame as HTML.

    >>> "/tours/garden/embed?stop=moon-gate" in embed_html("garden", "moon-gate")
    True
    """
    for name in (scene, stop or "none"):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be the name of a scene or stop: small letters, digits and hyphens")
    query = urlencode({key: value for key, value in (("stop", stop), ("lang", language or "")) if value})
    address = f"{base.rstrip('/')}/tours/{scene}/embed" + (f"?{query}" if query else "")
    title = f"{scene} · {stop}" if stop else scene
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" width="100%" height="{int(height)}" '
        'style="border:1px solid #D9D5C7" allow="fullscreen" loading="lazy"></iframe>'
    )
