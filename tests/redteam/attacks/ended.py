"""Attacks that end something: the own process, the grader, everything; or that never end.

Rule: the hand-in must end with a reason, and nobody else's grading may notice.
"""

from __future__ import annotations

from tests.redteam.attack import Attack, prelude

__all__ = ["ATTACKS"]

DAEMON = """
import subprocess, sys
spin = "import time\\nuntil = time.monotonic() + 25\\nwhile time.monotonic() < until: pass"
subprocess.Popen([sys.executable, "-c", spin, "@MARKER@"], start_new_session=True,
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""

ENDLESS = "for _ in range(8):\n    print('tea' * 500_000)\nwhile True:\n    print('tea' * 50, end='')"

ATTACKS = (
    Attack("os-exit", "ended", "os._exit(0): the interpreter is gone without an error", "default verdict", "reason",
           prelude("import os\nos._exit(0)")),
    Attack("kill-parent", "ended", "SIGKILL to the process that started the learner's interpreter", "namespaces", "batch",
           prelude("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")),
    Attack("kill-all", "ended", "SIGKILL to every process that can be reached", "namespaces", "batch",
           prelude("import os, signal\nos.kill(-1, signal.SIGKILL)")),
    Attack("stop-parent", "ended", "SIGSTOP to the process that started the learner's interpreter: it waits for ever", "namespaces",
           "batch", prelude("import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)"), quick=False),
    Attack("daemon", "ended", "a program of its own session goes on burning time after the grading", "namespaces", "left",
           prelude(DAEMON)),
    Attack("endless-output", "ended", "long lines, then a loop that prints for ever without a line end", "output caps", "kept",
           prelude(ENDLESS)),
    Attack("line-30-mb", "ended", "one printed line of 30 MB", "output caps", "kept",
           prelude("print('x' * 30_000_000)")),
)  # fmt: skip
