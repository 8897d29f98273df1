"""First program inside a learner's sandbox (standard library only): carries bytes between server and ways out.

Inbound, connections accepted on a descriptor given from outside go to the server's port; outbound, two loopback ports
lead to the sockets of hub and portal. End of standard input means: stop gracefully, then leave.
"""

import argparse
import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from functools import partial

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

CHUNK = 1 << 16


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes from one to the other until the end, which is passed on."""
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


def relay(connect: Connect) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """What to do with an accepted connection: join it to a new one made by `connect`."""

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await connect()
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
        finally:
            far_writer.close()
            writer.close()

    return joined


async def end_of_input() -> None:
    """Returns when standard input ends, which is how the launcher says stop."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(CHUNK):
        pass


async def serve(listen_fd: int, port: int, forwards: list[str], grace_s: float, command: list[str]) -> int:
    """Start the relays and the server; give the server's exit code."""
    inbound = socket.socket(fileno=listen_fd)
    inbound.setblocking(False)
    await asyncio.start_unix_server(relay(lambda: asyncio.open_connection("127.0.0.1", port)), sock=inbound)
    for forward in forwards:
        inner, _, path = forward.partition("=")
        await asyncio.start_server(relay(partial(asyncio.open_unix_connection, path)), "127.0.0.1", int(inner))
    server = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL)
    ended = asyncio.ensure_future(server.wait())
    stop = asyncio.ensure_future(end_of_input())
    await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        server.terminate()
        await asyncio.wait({ended}, timeout=grace_s)
    if not ended.done():
        server.kill()
    return await ended


def main() -> None:
    """Arguments: see below; after `--` the server's own command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen-fd", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--forward", action="append", default=[])
    parser.add_argument("--grace", type=float, default=8.0)
    parser.add_argument("command", nargs="+")
    asked = parser.parse_args()
    code = asyncio.run(serve(asked.listen_fd, asked.port, asked.forward, asked.grace, asked.command))
    # Whatever the server left behind ends with the sandbox; do not wait for it.
    sys.stdout.flush()
    os._exit(code if 0 <= code < 256 else 128 - code)


if __name__ == "__main__":
    main()
