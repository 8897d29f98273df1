"""Loopback ports that nobody uses, for servers that tests start."""

from __future__ import annotations

import random
import socket

__all__ = ["free_ports"]


def free_ports(count: int) -> list[int]:
    """Distinct ports above 20000 and below the range the kernel hands out itself, so that no client socket takes one meanwhile."""
    held: list[socket.socket] = []
    chance = random.SystemRandom()
    try:
        while len(held) < count:
            one = socket.socket()
            try:
                one.bind(("127.0.0.1", chance.randrange(20_000, 32_000)))
                held.append(one)
            except OSError:
                one.close()
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()
