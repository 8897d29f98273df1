"""Pictures of assets: opened within bounds, made smaller, encoded, looked up at texture coordinates.

The rule kept here: a picture's size is read from its header and held against the cap before one pixel is decoded.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput, TooLarge

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["PIXELS", "linear", "media_of", "open_picture", "sampled", "smaller", "srgb", "webp"]

PIXELS = 8192 * 8192
_FORMATS = ("JPEG", "PNG", "WEBP")
_MAGIC = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"RIFF", "image/webp"))


def media_of(data: bytes) -> str:
    """The media type that the first bytes tell, "" for any other than JPEG, PNG and WebP."""
    for magic, media in _MAGIC:
        if data.startswith(magic) and (media != "image/webp" or data[8:12] == b"WEBP"):
            return media
    return ""


def open_picture(data: bytes, where: str, *, pixels: int = PIXELS) -> Image:
    """The picture as RGB or RGBA. Raises BadInput where it is none or cut off, TooLarge over `pixels`."""
    from PIL import Image, UnidentifiedImageError

    next = "Save it again as JPEG or PNG."
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = Image.open(io.BytesIO(data), formats=_FORMATS)
            if found.width * found.height > pixels:
                told = f"a picture of {found.width} × {found.height} pixels, more than {pixels}"
                raise TooLarge(told, where=where, next="Make it smaller.")
            seen = found.mode in ("RGBA", "LA", "PA") or "transparency" in found.info
            return found.convert("RGBA" if seen else "RGB")
    except Image.DecompressionBombError as error:
        raise TooLarge("a picture with too many pixels", where=where, next="Make it smaller.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        told = f"the picture cannot be read ({str(error)[:100]})"
        raise BadInput(told, where=where, next=next) from error


def smaller(picture: Image, side: int) -> Image:
    """The picture with its longer side at most `side` pixels."""
    from PIL import Image

    share = side / max(picture.size)
    if share >= 1:
        return picture
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def webp(picture: Image, quality: int) -> bytes:
    """The picture as WebP bytes."""
    made = io.BytesIO()
    picture.save(made, "WEBP", quality=quality, method=4)
    return made.getvalue()


def sampled(pixels: NDArray[Any], uvs: NDArray[Any]) -> NDArray[np.float64]:
    """(n, channels) values at texture coordinates (n, 2), between pixels, repeating: glTF's origin is the upper left."""
    height, width = pixels.shape[:2]
    x, y = uvs[:, 0] * width - 0.5, uvs[:, 1] * height - 0.5
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right, down = (x - left)[:, None], (y - top)[:, None]
    made = np.zeros((len(uvs), pixels.shape[2]))
    for step_y, part_y in ((0, 1 - down), (1, down)):
        for step_x, part_x in ((0, 1 - right), (1, right)):
            made += pixels[(top + step_y) % height, (left + step_x) % width] * part_y * part_x
    return made


def linear(values: NDArray[Any]) -> NDArray[np.float64]:
    """sRGB 0..1 → linear 0..1 (IEC 61966-2-1)."""
    values = np.asarray(values, np.float64)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb(values: NDArray[Any]) -> NDArray[np.float64]:
    """Linear 0..1 → sRGB 0..1 (IEC 61966-2-1)."""
    values = np.clip(values, 0, 1)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
