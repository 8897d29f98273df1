"""Messages over a socket: a bounded JSON text and bounded blobs. What is too long, too deep or not JSON is refused.

Frame: 4 bytes length of the JSON, 4 bytes number of blobs, 4 bytes length of each blob, JSON, blobs; big-endian.
"""

import json
import select
import socket
import struct
import time
from typing import Any

MESSAGE_BYTES = 64 << 20
BLOBS = 4096
PART_BYTES = 16
_HEAD = struct.Struct("!II")


class WireError(Exception):
    """The other side is gone, or does not keep to the protocol."""


class Line:
    """One end of a socket. `send` and `receive` block; `receive` raises WireError at the other side's end.

    `most` bounds what is received: bytes, and by a share of them the parts of the JSON, which take more room than their text.
    """

    def __init__(self, sock: socket.socket, most: int = MESSAGE_BYTES) -> None:
        self.sock, self.most = sock, most
        self.buffer = bytearray()

    def fileno(self) -> int:
        return self.sock.fileno()

    def send(self, message: Any, blobs: list[bytes] | None = None) -> None:
        """Send one message. Raises WireError where it is too long or nobody listens."""
        blobs = blobs or []
        text = json.dumps(message, separators=(",", ":")).encode("ascii")
        if len(text) + sum(map(len, blobs)) > MESSAGE_BYTES or len(blobs) > BLOBS:
            raise WireError("the value is too large")
        lengths = struct.pack(f"!{len(blobs)}I", *map(len, blobs))
        try:
            self.sock.sendall(b"".join((_HEAD.pack(len(text), len(blobs)), lengths, text, *blobs)))
        except OSError as error:
            raise WireError(f"nobody listens: {error}") from error

    def receive(self, ends: float | None = None) -> tuple[Any, list[bytes]]:
        """The next message and its blobs; `ends` is when it must be whole, on the monotonic clock."""
        length, count = _HEAD.unpack(self._take(_HEAD.size, ends))
        if length > self.most or count > BLOBS:
            raise WireError("the message is too long")
        sizes = struct.unpack(f"!{count}I", self._take(4 * count, ends))
        if length + sum(sizes) > self.most:
            raise WireError("the message is too long")
        text = self._take(length, ends)
        if text.count(b",") + text.count(b"[") + text.count(b"{") > self.most // PART_BYTES:
            raise WireError("the message has too many parts")
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise WireError(f"not a message: {type(error).__name__}") from error
        return message, [self._take(size, ends) for size in sizes]

    def _take(self, size: int, ends: float | None) -> bytes:
        while len(self.buffer) < size:
            left = None if ends is None else max(0.0, ends - time.monotonic())
            if left is not None and not select.select([self.sock], [], [], left)[0]:
                raise WireError("the message did not come to its end")
            try:
                got = self.sock.recv(max(65536, min(size - len(self.buffer), 1 << 20)))
            except OSError as error:
                raise WireError(f"the line broke: {error}") from error
            if not got:
                raise WireError("the other side is gone")
            self.buffer += got
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken
