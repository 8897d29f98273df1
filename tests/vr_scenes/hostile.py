"""Files made worse on purpose: cut at many lengths, bytes flipped, headers that lie; and what every reader must say to them.

The rule kept here: a reader either gives a good result or raises BadInput with where it is and what to do; nothing else, ever.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from commons.errors import BadInput

__all__ = ["damaged", "refusals"]


def damaged(data: bytes, rounds: int, *, head: int, seed: int = 7) -> Iterator[bytes]:
    """Damaged copies: cut, with bytes or whole words changed in the first `head`, or anywhere."""
    draw = random.Random(seed)
    edges = (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\xc0\x7f", b"\0\0\x80\xff")
    for number in range(rounds):
        made = bytearray(data)
        if number % 4 == 0:
            made = made[: draw.randrange(len(made))]
        elif number % 4 == 1:
            at = draw.randrange(max(1, min(head, len(made)) - 4))
            made[at : at + 4] = draw.choice(edges)
        else:
            reach = min(head, len(made)) if number % 4 == 2 else len(made)
            for _ in range(draw.choice((1, 3, 12))):
                made[draw.randrange(reach)] = draw.choice((0, 255, 127, 57, draw.randrange(256)))
        yield bytes(made)


def refusals(read: Callable[[Path], object], path: Path, files: Iterator[bytes]) -> int:
    """How many of the files were refused; each refusal says what was found, where, and what next. Others were read."""
    refused = 0
    for data in files:
        path.write_bytes(data)
        try:
            read(path)
        except BadInput as error:
            assert error.found and error.where and error.next, str(error)
            refused += 1
    return refused
