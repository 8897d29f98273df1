"""nbgrader's own way of running a notebook, made to end: a dead kernel, a clock for the whole notebook, endless output.

Rule: an honest notebook runs exactly as under nbgrader; where ours steps in, the event is written down with its cell.
"""

import time
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute

OUTPUT_CHARS = 2_000_000


def bounded_execute(events: list[dict[str, Any]], total_s: float) -> type[Execute]:
    """An Execute that appends {"kind", "cell", "grade_id"} to `events`; kinds: timeout, kernel-died, not-reached."""

    class BoundedExecute(Execute):
        def preprocess(self, nb: Any, resources: Any, km: Any = None) -> tuple[Any, Any]:
            self.ends = time.monotonic() + total_s
            self.cell_timeout: int = self.timeout  # type: ignore[has-type]
            self.stopped = ""
            return super().preprocess(nb, resources, km)

        def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
            left = self.ends - time.monotonic()
            if self.stopped or left <= 0:
                return self._leave_out(cell, index), resources
            self.timeout = max(1, int(min(self.cell_timeout, left)))
            self.room = OUTPUT_CHARS
            try:
                cell, resources = super().preprocess_cell(cell, resources, index)
            except DeadKernelError:
                self.stopped = "kernel-died"
                self._note("kernel-died", cell, index)
                cell.outputs = [new_output("error", ename="DeadKernelError", evalue="", traceback=[])]
            if any(o.get("ename") == "CellTimeoutError" for o in cell.get("outputs", [])):
                self._note("timeout", cell, index)
            return cell, resources

        def output(self, outs: list[Any], msg: dict[str, Any], display_id: str, cell_index: int) -> Any:
            if msg["msg_type"] in ("stream", "display_data"):
                self.room -= len(repr(msg["content"]))
                if self.room < 0:
                    return None
            return super().output(outs, msg, display_id, cell_index)

        def _leave_out(self, cell: Any, index: int) -> Any:
            if cell.cell_type == "code":
                self._note("not-reached", cell, index)
                cell.outputs = [new_output("error", ename="NotReached", evalue="", traceback=[])]
            return cell

        def _note(self, kind: str, cell: Any, index: int) -> None:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            events.append({"kind": kind, "cell": index + 1, "grade_id": grade_id, "seconds": self.timeout})

    return BoundedExecute
