"""IPython's shell as a Jupyter kernel has it, without a kernel: cells in, bounded outputs out.

Rule: an honest cell ends as under ipykernel (errors, streams, results, top-level await inside a running loop, no input);
pictures are not drawn, for nobody looks at them. Source of the behaviour: ipykernel 7 (zmqshell, ipkernel), IPython 9.
"""

import ast
import asyncio
import builtins
import io
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

OUTPUT_CHARS = 2_000_000
MESSAGE_CHARS = 4000
# Valid Python that IPython may read as a prompt; a backslash may make the compiler warn, once is enough.
OTHERWISE = (">>>", "...", "In [", "\\")


class StdinNotImplementedError(NotImplementedError):
    """What a kernel raises where nobody can be asked."""


class Outputs:
    """What one cell said, in order: {"kind": "error"|"result"|"stdout"|"stderr", …}; bounded."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.room = OUTPUT_CHARS

    def add(self, kind: str, text: str, name: str = "") -> None:
        """Keep what has room."""
        text = text[: max(0, self.room)]
        self.room -= len(text)
        last = self.said[-1] if self.said else {}
        if kind in ("stdout", "stderr") and last.get("kind") == kind:
            last["text"] += text
        elif text or kind not in ("stdout", "stderr"):
            self.said.append({"kind": kind, "text": text, "name": name})


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a cell."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, shell: "NotebookShell", kind: str) -> None:
        self.shell, self.kind = shell, kind

    @property
    def name(self) -> str:
        return f"<{self.kind}>"

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.shell.outputs.add(self.kind, text)
        return len(text)

    def writable(self) -> bool:
        return True


class ResultHook(DisplayHook):
    """Keeps the text of a cell's result, as a kernel sends it."""

    def write_output_prompt(self) -> None:
        """A kernel writes none."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        shell: Any = self.shell
        shell.outputs.add("result", str(format_dict.get("text/plain", "")))

    def finish_displayhook(self) -> None:
        """Nothing to flush."""


class Publisher(DisplayPublisher):
    """display() says nothing that a mark depends on."""

    def publish(self, *args: Any, **options: Any) -> None:
        """Dropped."""


class NotebookShell(InteractiveShell):
    """A shell whose outputs are kept in `outputs`."""

    outputs: Outputs

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window."""

    def init_virtualenv(self) -> None:
        """The environment is the interpreter's own."""

    def init_io(self) -> None:
        """Streams are set for each cell."""

    def ask_exit(self) -> None:
        """A kernel goes on after `exit` here: the notebook's other cells are still to be graded."""

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **options: Any) -> None:
        """The error's name and words; nobody reads the traceback, and drawing one takes longer than most cells."""
        etype, evalue, tb = self._get_exc_info(exc_tuple)
        sys.last_type, sys.last_value, sys.last_traceback = etype, evalue, tb
        self.outputs.add("error", _safe(evalue), getattr(etype, "__name__", "Error"))

    def showsyntaxerror(self, filename: Any = None, running_compiled_code: bool = False) -> None:
        """As every other error."""
        self.showtraceback()

    system = InteractiveShell.system_piped

    async def cell(self, source: str, store: bool = True) -> list[dict[str, Any]]:
        """Run one cell; gives what it said."""
        self.outputs = Outputs()
        sys.stdout, sys.stderr = Stream(self, "stdout"), Stream(self, "stderr")
        try:
            transformed, failed = self._transformed(source)
            # A cell without top-level await never gives way here, so that it needs no other road.
            result = await self.run_cell_async(
                source, store_history=store, transformed_cell=transformed, preprocessing_exc_tuple=failed
            )
            self.events.trigger("post_execute")
            self.events.trigger("post_run_cell", result)
            await asyncio.sleep(0)
        except KeyboardInterrupt:
            self.outputs.add("error", "", "KeyboardInterrupt")
            return self.outputs.said
        error = result.error_before_exec or result.error_in_exec
        names = {one["name"] for one in self.outputs.said if one["kind"] == "error"}
        if error is not None and type(error).__name__ not in names:
            # Somebody keeps the traceback from being shown; a kernel's reply would still say "error".
            self.outputs.add("error", _safe(error), type(error).__name__)
        return self.outputs.said

    def _transformed(self, source: str) -> tuple[str, Any]:
        try:
            return (f"{source}\n" if self._is_plain(source) else self.transform_cell(source)), None
        except Exception:
            return source, sys.exc_info()

    def _is_plain(self, source: str) -> bool:
        """Whether IPython reads it as Python does, so that its slow search for magics, prompts and `?` would change nothing."""
        if self.input_transformers_post or any(sign in source for sign in OTHERWISE):
            return False
        try:
            compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except Exception:
            return False
        return True


def new_shell() -> NotebookShell:
    """A shell with an empty history that lies nowhere."""
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InlineBackend.figure_formats = set()
    kinds = {"displayhook_class": ResultHook, "display_pub_class": Publisher}
    shell = NotebookShell(config=config, **kinds)
    shell.outputs = Outputs()
    for kind in NotebookShell._walk_mro():
        setattr(kind, "_instance", shell)  # noqa: B010
    sys.displayhook = shell.displayhook
    sys.modules["__main__"] = shell.user_module
    builtins.input = _no_input
    return shell


def _no_input(prompt: object = "") -> str:
    """`input` in a kernel that cannot ask."""
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def _safe(error: object) -> str:
    try:
        return str(error)[:MESSAGE_CHARS]
    except Exception:
        return "(the error has no readable words)"
