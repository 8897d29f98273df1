"""A web server for one static site on this machine alone, to look at it before it goes out.

The rule kept here: it listens on the loopback address, answers GET and HEAD below its folder, and stores nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from commons.errors import Unavailable

__all__ = ["make_server", "serve_site"]


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript", ".json": "application/json", ".glb": "model/gltf-binary", ".webp": "image/webp",
        ".vtt": "text/vtt", ".spz": "application/octet-stream",
    }  # fmt: skip

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


def make_server(site: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of `site` on 127.0.0.1, not yet running. Raises Unavailable where the port is taken."""
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, directory=str(site)))
    except OSError as error:
        raise Unavailable(
            f"port {port} is taken", where="127.0.0.1", next="Name another, or leave --port out."
        ) from error


def serve_site(site: Path, port: int, told: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; `told` hears the address."""
    server = make_server(site, port)
    told(f"http://127.0.0.1:{server.server_address[1]}/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return
    finally:
        server.server_close()
