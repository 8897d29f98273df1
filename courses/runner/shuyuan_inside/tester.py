"""The tester's process: runs the teacher's tests over names that stand for the student's.

Rule: the tests' text comes from the judge over a socket and lies nowhere else; libraries, built-in functions and the
teacher's own helpers are this process's, only what the student was to make is asked for. A test that cannot be run this way
says so and gives no credit.
"""

import ast
import builtins
import io
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from . import library, teacher_files
from .remote import Ended, Refused, Remote
from .values import CannotCross, Packer
from .wire import Line, WireError

WORDS = 4000
BUILTINS = frozenset(dir(builtins))
_READY: list[Any] = []
_RUNNER = str(Path(__file__).parent.parent)


def warm_up() -> None:
    """Before any fork."""
    _READY[:] = [library.known_roots()]
    run_cell("x = 1\nassert x == 1\nx", {"__name__": "__main__"})


def serve(judge: socket.socket, student: socket.socket) -> None:
    """Until the judge hangs up."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The working folder is the student's as well: nothing is imported from there.
    sys.path[:] = [path for path in sys.path if path and path != _RUNNER]
    Tester(Line(judge), Line(student)).serve()


class Names(dict[str, Any]):
    """The globals of the tests. A name that is not here is a library's, the teacher's, or the student's."""

    def __init__(self, tester: "Tester") -> None:
        super().__init__(__name__="__main__", __builtins__=builtins)
        self.tester = tester

    def __missing__(self, name: str) -> Any:
        return self.tester.find(name)

    def __contains__(self, name: object) -> bool:
        if super().__contains__(name) or not isinstance(name, str):
            return super().__contains__(name)
        return name in self.tester.helpers or self.tester.remote.ask("has", name=name) is True

    def __delitem__(self, name: str) -> None:
        if super().__contains__(name):
            super().__delitem__(name)
            return
        self.tester.find(name)
        self.tester.remote.ask("delete", name=name)


class Tester:
    """The tests of one notebook. `known` per test: what the teacher's solution had under each name."""

    def __init__(self, judge: Line, student: Line) -> None:
        self.judge = judge
        self.remote = Remote(student, _READY[0])
        self.names = Names(self)
        self.helpers: dict[str, str] = {}
        self.facts: dict[str, Any] | None = None
        self.answers: frozenset[str] = frozenset()
        self.found: dict[str, Any] = {}
        self.kept: dict[str, tuple[Any, Any, int]] = {}

    def serve(self) -> None:
        """Answer the judge."""
        self.judge.send({"hello": "tester"})
        while True:
            try:
                message, blobs = self.judge.receive()
            except WireError:
                os._exit(0)
            self.judge.send(self._do(message, blobs))

    def _do(self, message: dict[str, Any], blobs: list[bytes]) -> dict[str, Any]:
        if message["do"] == "helpers":
            self.helpers = dict(message["helpers"])
            teacher_files.keep(dict(zip(message["names"], blobs, strict=True)))
            return {}
        if message["do"] == "seed":
            _seed(message["seed"])
            return {}
        return self._test(message)

    def _test(self, message: dict[str, Any]) -> dict[str, Any]:
        """Run one test cell; {"said", "line", "refused", "names", "ops"}."""
        for name in message["rebound"]:
            self.names.pop(name, None)
        self.kept.clear()
        self.facts, self.found = message["facts"], {}
        ops = message["ops"]
        self.remote.ops, self.remote.used = (None if ops is None else frozenset(ops)), set()
        self.remote.refused = None
        self.answers = frozenset(message["answers"])
        teacher_files.take_in()
        if message["figures"]:
            self._show_figures()
        answer = self._run(message["source"])
        return answer | {"names": self.found, "ops": sorted(self.remote.used)}

    def _run(self, source: str) -> dict[str, Any]:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with _seeds(self.remote):
                said = run_cell(source, self.names)
            if self.remote.refused is not None:
                raise self.remote.refused
            return said
        except Refused as error:
            return {"said": [], "line": 0, "refused": str(error)[:WORDS], "ended": isinstance(error, Ended)}
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    # --- names ---

    def find(self, name: str) -> Any:
        """The value of a name the tests did not bind themselves. Raises KeyError where nobody has it."""
        fact = (self.facts or {}).get(name)
        if name in self.helpers and not (isinstance(fact, list) and fact == ["student"]):
            exec(compile(self.helpers[name], f"<{name}>", "exec"), self.names)  # noqa: S102 - the teacher's own text
            self.found[name] = ["helper"]
            return dict.__getitem__(self.names, name)
        if name in BUILTINS and not (fact if self.facts is not None else self.remote.ask("has", name=name)):
            raise KeyError(name)
        if isinstance(fact, list) and fact[0] == "library":
            return self._library(name, fact[1])
        return self._student(name)

    def _library(self, name: str, named: list[str]) -> Any:
        """A library's object: ours, whatever the student has put under its name; missing only where it is missing there."""
        if self.remote.ask("has", name=name) is not True:
            raise KeyError(name)
        try:
            found = library.find(named, self.remote.known)
        except LookupError as error:
            raise self.remote.refuse(str(error)) from error
        self.names[name] = found
        return found

    def _student(self, name: str) -> Any:
        kept = self.kept.get(name)
        if kept is not None and kept[2] == self.remote.calls:
            return kept[0]
        if self.facts is None and name not in self.found:
            # At release: a library's, if the solution imported it; what an answer binds is the student's to make.
            named = None if name in self.answers else self.remote.ask("library", name=name)
            self.found[name] = ["library", named] if isinstance(named, list) else ["student"]
            if isinstance(named, list):
                return self._library(name, named)
        value = self.remote.ask("name", name=name)
        image = _image(value)
        if kept is not None and image is not None and kept[1] == image:
            # Nothing happened to it over there, and the test may have changed its own copy.
            value = kept[0]
        self.kept[name] = (value, image, self.remote.calls)
        return value

    def _show_figures(self) -> None:
        import matplotlib.pyplot as plt

        plt.close("all")
        self.remote.ask("figures")


def run_cell(source: str, names: dict[str, Any]) -> dict[str, Any]:
    """Run a cell as a notebook does: the last expression's value is its result. Errors and streams are what it said."""
    said: list[dict[str, Any]] = []
    out, err = io.StringIO(), io.StringIO()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    line = 0
    try:
        tree = ast.parse(_plain(source))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<test>", "exec"), names)  # noqa: S102 - the teacher's own text
        if last is not None:
            assert isinstance(last, ast.Expr)
            value = eval(compile(ast.Expression(last.value), "<test>", "eval"), names)  # noqa: S307 - as above
            if value is not None and not source.rstrip().endswith(";"):
                said.append({"kind": "result", "text": _text(value), "name": ""})
    except Refused:
        raise
    except BaseException as error:
        line = _line(error)
        said.append({"kind": "error", "text": _words(error), "name": type(error).__name__})
    finally:
        sys.stdout, sys.stderr = before
    for kind, stream in (("stdout", out), ("stderr", err)):
        if stream.getvalue():
            said.insert(0, {"kind": kind, "text": stream.getvalue()[:WORDS], "name": ""})
    return {"said": said, "line": line}


def _plain(source: str) -> str:
    """The cell as Python. Raises Refused for what only a notebook's shell can do."""
    try:
        ast.parse(source)
        return source
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        transformed = TransformerManager().transform_cell(source)
        if "get_ipython()" in transformed or "await" in transformed:
            raise Refused("the test uses magics or await") from None
        return source


def _text(value: Any) -> str:
    from IPython.lib.pretty import pretty

    return pretty(value)[:WORDS]


def _words(error: BaseException) -> str:
    try:
        return str(error)[:WORDS]
    except Exception:
        return ""


def _line(error: BaseException) -> int:
    """The line of the test cell that failed; 0 where it is none."""
    line, tb = 0, error.__traceback__
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == "<test>":
            line = tb.tb_lineno
        tb = tb.tb_next
    return line if line or not isinstance(error, SyntaxError) else error.lineno or 0


def _image(value: Any) -> Any:
    packer = Packer()
    try:
        return packer.pack(value), packer.blobs
    except CannotCross:
        return None


def _seed(seed: int) -> None:
    import random

    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)


class _seeds:
    """While a test runs, what it seeds is seeded over there too: one stream in a notebook, two processes here."""

    def __init__(self, remote: Remote) -> None:
        self.remote, self.saved = remote, []  # type: tuple[Remote, list[Any]]

    def __enter__(self) -> None:
        import random

        self._wrap(random, "random")
        if "numpy" in sys.modules:
            self._wrap(sys.modules["numpy"].random, "numpy")

    def _wrap(self, module: Any, of: str) -> None:
        ours = module.seed

        def seed(*args: Any, **options: Any) -> None:
            ours(*args, **options)
            if args and isinstance(args[0], int | str):
                self.remote.ask("seed", seed=args[0], of=of)

        module.seed = seed
        self.saved.append((module, ours))

    def __exit__(self, *error: object) -> None:
        for module, ours in self.saved:
            module.seed = ours
