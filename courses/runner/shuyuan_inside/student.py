"""The student's process: runs the hand-in's cells for the judge and answers the tester's requests between them.

Rule: it never gets the text of a sealed test. What it says is a claim by code nobody trusts; it is read as bounded data.
"""

import asyncio
import contextlib
import gc
import os
import random
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from . import library, objects
from .shell import NotebookShell, Outputs, Stream
from .values import CannotCross
from .wire import Line, WireError

TEXT = 20_000
# Cells whose first run takes long: fonts, styles and formats are looked up once.
_FRAME = """
import pandas as pd
frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
frame.groupby("b")["a"].sum(), frame[frame["a"] > 1].sort_values("a").describe()
frame
"""
_FIGURE = """
import matplotlib.pyplot as plt
figure, (ax, other) = plt.subplots(1, 2)
ax.plot([1, 2], label="a")
ax.bar(["a", "b"], [2, 3])
ax.set_title("a")
ax.set_xlabel("a")
ax.legend()
other.scatter([1, 2], [3, 4])
other.hist([1, 2, 2], bins=range(1, 4))
other.axvline(1, linestyle="--")
other.annotate("a", (1, 2))
other.set_xscale("log")
figure.tight_layout()
figure.canvas.draw()
plt.show()
plt.close("all")
"""
# The shell that the zygote made; a fork of it is this process's own.
_READY: list[Any] = []
_RUNNER = str(Path(__file__).parent.parent)


def warm_up(shell: NotebookShell) -> None:
    """Before any fork: run cells of the usual kinds once, so that what they load is there."""
    asyncio.run(_try(shell, ["import math\nmath.pi", "1/0", "x = [1]\nx", "def f(:", _FRAME, _FIGURE]))
    shell.reset(new_session=True)
    _READY[:] = [shell, library.known_roots()]


async def _try(shell: NotebookShell, cells: list[str]) -> None:
    for cell in cells:
        await shell.cell(cell, store=False)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


def serve(judge: socket.socket, tester: socket.socket) -> None:
    """Until the judge hangs up."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    student = Student(_READY[0], _READY[1], Line(judge), Line(tester))
    asyncio.run(student.serve())


class Student:
    """One hand-in's interpreter."""

    def __init__(self, shell: NotebookShell, known: frozenset[str], judge: Line, tester: Line) -> None:
        self.shell, self.judge, self.tester = shell, judge, tester
        self.objects = objects.Objects(self._ask, known)
        self.busy = False

    async def serve(self) -> None:
        """Answer the judge, and between its commands the tester."""
        signal.signal(signal.SIGINT, self._interrupted)
        sys.path[:] = ["", *(path for path in sys.path if path and path != _RUNNER)]
        self.judge.send({"hello": "student"})
        lines = [self.judge, self.tester]
        while True:
            for line in select.select(lines, [], [])[0]:
                try:
                    if line is self.judge:
                        await self._command()
                    else:
                        self._request()
                except WireError:
                    if line is self.judge:
                        os._exit(0)
                    lines.remove(line)

    def _interrupted(self, signum: int, frame: Any) -> None:
        if self.busy:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def _working(self) -> Any:
        self.busy = True
        try:
            yield
        finally:
            self.busy = False

    async def _command(self) -> None:
        message, blobs = self.judge.receive()
        do = message["do"]
        if do == "files":
            for name, data in zip(message["names"], blobs, strict=True):
                path = Path(name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            answer: dict[str, Any] = {}
        elif do == "seed":
            _seed(message["seed"])
            answer = {}
        elif do == "run":
            answer = await self._run(message["source"])
        else:
            answer = self._probe(message["source"])
        self.judge.send(answer)

    async def _run(self, source: str) -> dict[str, Any]:
        before = {name: id(value) for name, value in self.shell.user_ns.items()}
        with self._working():
            said = await self.shell.cell(source)
        bound = [n for n, v in list(self.shell.user_ns.items()) if before.get(n) != id(v) and type(n) is str]
        return {"said": said, "bound": bound[:10_000]}

    def _probe(self, source: str) -> dict[str, Any]:
        """What a cell would say, without its effects: run in a fork that is thrown away."""
        reader, writer = socket.socketpair()
        child = os.fork()
        if child == 0:
            line = Line(writer)
            asyncio.set_event_loop(None)
            asyncio._set_running_loop(None)
            said: list[dict[str, Any]] = []
            with contextlib.suppress(BaseException):
                self.busy = True
                said = asyncio.run(self.shell.cell(source, store=False))
            with contextlib.suppress(BaseException):
                line.send({"said": said})
            os._exit(0)
        writer.close()
        try:
            return dict(Line(reader).receive()[0])
        except (WireError, KeyboardInterrupt):
            return {"said": [{"kind": "error", "text": "", "name": "Ended"}]}
        finally:
            reader.close()
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)

    def _request(self) -> None:
        """One request of the tester: do it, say what came of it."""
        message, blobs = self.tester.receive()
        self.shell.outputs = outputs = Outputs()
        sys.stdout, sys.stderr = Stream(self.shell, "stdout"), Stream(self.shell, "stderr")
        packer = self.objects.packer()
        answer: dict[str, Any]
        try:
            with self._working():
                answer = self._do(message, blobs, packer)
        except CannotCross as error:
            answer = {"refused": str(error)[:300]}
        except BaseException as error:
            packer = self.objects.packer()
            answer = {"raised": self._raised(error, packer)}
        for kind in ("stdout", "stderr"):
            text = "".join(one["text"] for one in outputs.said if one["kind"] == kind)
            if text:
                answer[kind] = text
        try:
            self.tester.send(answer, packer.blobs)
        except WireError as error:
            self.tester.send({"refused": str(error)[:300]})

    def _do(self, message: dict[str, Any], blobs: list[bytes], packer: Any) -> dict[str, Any]:
        """The answer to a request. The order of `if`s is the order of how often each is asked."""
        ask, unpack = message["ask"], self.objects.unpacker(blobs).unpack
        if ask == "name":
            if not self._has(message["name"]):
                return {"missing": True}
            return {"value": packer.pack(self.shell.user_ns[message["name"]])}
        if ask == "call":
            return self._call(message, blobs, packer)
        if ask == "operate":
            args = [unpack(part) for part in message["args"]]
            return {"value": packer.pack(objects.operate(self.objects.get(message["of"]), message["name"], args))}
        if ask == "attribute":
            return {"value": packer.pack(getattr(self.objects.get(message["of"]), message["name"]))}
        if ask == "set":
            setattr(self.objects.get(message["of"]), message["name"], unpack(message["value"]))
            return {"value": None}
        if ask == "delete":
            self.shell.user_ns.pop(message["name"], None)
            return {"value": None}
        if ask == "has":
            return {"value": self._has(message["name"])}
        if ask == "library":
            value = self.shell.user_ns.get(message["name"])
            return {"value": packer.pack(library.name_of(value, self.objects.known))}
        if ask == "seed":
            _seed(message["seed"], message["of"])
            return {"value": None}
        if ask == "figures":
            from . import figures

            return {"value": figures.pack_all(packer)}
        raise CannotCross(f"no such request: {str(ask)[:20]}")

    def _has(self, name: str) -> bool:
        """Whether the notebook has that name; what the shell itself puts there (`open`, `exit`, `In`) does not count."""
        names, hidden = self.shell.user_ns, self.shell.user_ns_hidden
        return name in names and not (name in hidden and hidden[name] is names[name])

    def _call(self, message: dict[str, Any], blobs: list[bytes], packer: Any) -> dict[str, Any]:
        unpack = self.objects.unpacker(blobs).unpack
        args = [unpack(part) for part in message["args"]]
        options = {str(name): unpack(part) for name, part in message["options"].items()}
        before = {place: _image(self.objects, args[place]) for place in message["mutable"]}
        result = self.objects.get(message["of"])(*args, **options)
        answer: dict[str, Any] = {}
        same = next((place for place, arg in enumerate(args) if arg is result and place in before), None)
        answer["value"] = ["arg", same] if same is not None else packer.pack(result)
        changed = [place for place, image in before.items() if _image(self.objects, args[place]) != image]
        if changed:
            answer["changed"] = [[place, packer.pack(args[place])] for place in changed]
        return answer

    def _raised(self, error: BaseException, packer: Any) -> dict[str, Any]:
        named = library.name_of(type(error), self.objects.known)
        told: dict[str, Any] = {"class": ["lib", *named] if named else self.objects.describe(type(error))}
        try:
            told["args"] = [packer.pack(arg) for arg in error.args]
        except CannotCross:
            told["args"] = [str(error)[:TEXT]]
        told["number"] = None if named else self.objects.number(error)
        return told

    def _ask(self, number: int, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Call a function of the test from the student's code."""
        packer = self.objects.packer()
        message = {
            "callback": number,
            "args": [packer.pack(arg) for arg in args],
            "options": {name: packer.pack(value) for name, value in options.items()},
        }
        self.tester.send(message, packer.blobs)
        while True:
            answer, blobs = self.tester.receive()
            if "ask" in answer:
                self._nested(answer, blobs)
            elif "raised" in answer:
                raise _known_error(answer["raised"])
            else:
                return self.objects.unpacker(blobs).unpack(answer["value"])

    def _nested(self, message: dict[str, Any], blobs: list[bytes]) -> None:
        """A request that comes while the student's code waits for the test's function."""
        packer = self.objects.packer()
        try:
            answer = self._do(message, blobs, packer)
        except CannotCross as error:
            answer = {"refused": str(error)[:300]}
        except BaseException as error:
            packer = self.objects.packer()
            answer = {"raised": self._raised(error, packer)}
        self.tester.send(answer, packer.blobs)


def _image(kept: objects.Objects, value: Any) -> Any:
    """What a value looks like packed, to see whether it was changed."""
    packer = kept.packer()
    return packer.pack(value), packer.blobs


def _known_error(told: Any) -> BaseException:
    kind = getattr(__import__("builtins"), str(told.get("name")), Exception)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = Exception
    return kind(str(told.get("text"))[:TEXT])


def _seed(seed: Any, of: str = "all") -> None:
    if of in ("all", "random"):
        random.seed(seed)
    if of in ("all", "numpy") and "numpy" in sys.modules:
        import numpy as np

        np.random.seed(seed)
    gc.enable()
