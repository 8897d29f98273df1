"""Stock nbgrader by its own commands, inside a sandbox of its own: an attacker and an honest neighbour in one batch.

Rule: what it changes is nothing; what it sees is what nbgrader sees on a teacher's machine: the course folder with sources, grade
book and everybody's hand-ins, one home, one loopback, one /dev/shm. It imports nbgrader and the standard library only.
In: /in/job.json {"prepare"} or {"assignment", "command", "before", "more", "port", "token", "marker", "links", "budget_s", "partner"},
/in/course, /in/attacker, /in/neighbour
"""

import base64
import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, "/runner")

import answer

ROOT = Path("/tmp/teacher/course")


def work(job: dict[str, Any]) -> dict[str, Any]:
    """One batch, or the course made ready once for all batches."""
    os.environ["HOME"] = "/tmp/teacher"
    answer.copy_tree(Path("/in/course"), ROOT)
    name = job["assignment"]
    if job.get("prepare"):
        nbgrader(600, "generate_assignment", name)
        return {"gradebook": base64.b64encode((ROOT / "gradebook.db").read_bytes()).decode()}
    # nbgrader grades in the order of names.
    who = {"attacker": "student-2" if job["partner"] else "student-1"}
    who["neighbour"] = "student-1" if job["partner"] else "student-2"
    for role, student in who.items():
        answer.copy_tree(Path("/in") / role, ROOT / "submitted" / student / name)
    for link, target in job["links"].items():
        path = ROOT / "submitted" / who["attacker"] / name / link
        path.unlink(missing_ok=True)
        path.symlink_to(target)
    serve(job["port"], job["token"])
    os.environ["JUPYTERHUB_API_TOKEN"] = job["token"]
    for command in job["before"]:
        nbgrader(60, *command)
    print(job["begins"], file=sys.stderr, flush=True)
    ended, said = nbgrader(job["budget_s"], *job["command"])
    left = leftovers(job["marker"])
    more = [nbgrader(40, *command) for command in job["more"]]
    found: dict[str, Any] = {
        "ended": ended,
        "said": said[-3000:],
        "left": left,
        "more": [text[-3000:] for _, text in more],
    }
    try:
        found |= scores(name, who)
    except Exception as error:
        found |= {"ended": False, "said": f"{said[-2000:]}\n{type(error).__name__}: {error}"}
    taken = (ROOT / "downloaded").rglob("*.ipynb")
    found["collected"] = sum(p.stat().st_size for p in taken if p.is_file())
    kept = [
        p for place in ("autograded", "feedback") for p in (ROOT / place / who["attacker"]).rglob("*") if p.is_file()
    ]
    found["kept"] = sum(p.stat().st_size for p in kept) + 4096 * len(kept)
    found["read"] = "".join(p.read_text("utf-8", "replace")[:2_000_000] for p in kept if p.suffix == ".html")
    found["exported"] = next((p.read_text("utf-8", "replace") for p in ROOT.glob("grades.csv")), "")
    return found


def nbgrader(budget_s: float, *command: str) -> tuple[bool, str]:
    """(whether it came to an end by itself in time, what it said)."""
    log = Path("/tmp/teacher/log")
    env = {k: v for k, v in os.environ.items() if k != "MPLCONFIGDIR"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "nbgrader", *command],
            cwd=ROOT,
            stdout=out,
            stderr=out,
            env=env,
            start_new_session=True,
        )
        try:
            code = process.wait(budget_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = -1
    return code >= 0, log.read_text("utf-8", "replace")


def serve(port: int, token: str) -> None:
    """A service of the teacher's machine that listens on loopback only, as a hub's API or a database does."""

    class Service(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(token.encode())

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def leftovers(marker: str) -> list[str]:
    """Processes and files with the attack's name in them that are still there."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker in path.read_bytes().decode("utf-8", "replace") and path.parent.name != str(os.getpid()):
                found.append("process")
        except OSError:
            continue
    for place in ("/dev/shm", "/tmp", "/tmp/teacher"):
        found += [f"{place}/…" for p in Path(place).iterdir() if marker in p.name]
    return sorted(set(found))


def scores(assignment: str, who: dict[str, str]) -> dict[str, Any]:
    """Marks of both, as the grade book has them."""
    from nbgrader.api import Gradebook, MissingEntry

    found: dict[str, Any] = {"marks": {}, "share": 0.0, "late": None}
    with Gradebook(f"sqlite:///{ROOT}/gradebook.db", "vaults") as book:
        for role, student in who.items():
            try:
                one = book.find_submission(assignment, student)
            except MissingEntry:
                continue
            marks = {g.cell.name: None if g.auto_score is None else g.score for nb in one.notebooks for g in nb.grades}
            if role == "attacker":
                found |= {"marks": marks, "late": one.total_seconds_late}
            else:
                found["share"] = sum(m or 0 for m in marks.values()) / max(1, len(marks))
    return found


if __name__ == "__main__":
    answer.run(work)
    shutil.rmtree("/tmp/teacher", ignore_errors=True)
