"""JupyterLab's Assignment List over HTTP, with a real Jupyter Server in the kernels' environment, and our own pages there.

The portal is played by a small HTTP server over the same functions that the portal's API calls.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from commons.errors import NotSignedIn, ShuyuanError
from commons.jobs import Worker
from commons.people import Person
from commons.places import ROOT
from commons.store import Store
from courses import registry
from courses.attempts import attempt_files, attempt_of, attempts_of, submit
from courses.exchange.client import NoAnswer
from courses.feedback import feedback_html
from courses.grading import grade_job
from courses.labext import plain_words
from courses.release import release_files

pytestmark = pytest.mark.slow
PYTHON = ROOT / ".venv-kernels" / "bin" / "python"


class Door:
    """The portal's API for one person."""

    def __init__(self, store: Store, person: Person) -> None:
        self.store, self.person = store, person

    def answer(self, method: str, url: str, body: dict[str, Any]) -> Any:
        parts = urlsplit(url)
        path = parts.path.removeprefix("/api/v1/").split("/")
        language = parse_qs(parts.query).get("language", ["zh-CN"])[0]
        if method == "POST":
            files = {n: base64.b64decode(d) for n, d in body["files"].items()}
            made = submit(self.store, self.person, path[1], path[3], body["language"], files)
            return {"attempt": made.id, "number": made.number, "timestamp": made.timestamp, "left": 2}
        with self.store.read() as conn:
            if path == ["me"]:
                return {
                    "courses": [{"id": c, "roles": list(r)} for c, r in registry.courses_of(conn, self.person).items()]
                }
            if path[0] == "attempts":
                return self._attempt(conn, path)
            if path[-1] == "assignments":
                found = registry.releases(conn, path[1])
                return [{"assignment": r.assignment, "notebooks": r.manifest["notebooks"]} for r in found]
            if path[-1] == "attempts":
                return [_plain(a) for a in attempts_of(conn, self.person.actor, path[1], path[3])]
            files = release_files(conn, registry.latest_release(conn, path[1], path[3]), language)
            return {"files": {n: base64.b64encode(d).decode() for n, d in files.items()}}

    def _attempt(self, conn: Any, path: list[str]) -> Any:
        found = attempt_of(conn, path[1])
        if path[-1] == "files":
            return {"files": {n: base64.b64encode(d).decode() for n, d in attempt_files(conn, found).items()}}
        return feedback_html(found, {"en": "Mean"}).encode() if path[-1] == "feedback.html" else _plain(found)


def _plain(attempt: Any) -> dict[str, Any]:
    return {
        "attempt": attempt.id, "course": attempt.course, "assignment": attempt.assignment, "number": attempt.number,
        "state": attempt.state, "score": attempt.score, "timestamp": attempt.timestamp,
        "graded": attempt.graded.isoformat() if attempt.graded else None,
    }  # fmt: skip


@pytest.fixture
def door(released: Store, lin: Person) -> Iterator[str]:
    """The address of a portal that knows Lin by the token `lins-token`."""
    played = Door(released, lin)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            try:
                if self.headers.get("Authorization") != "token lins-token":
                    raise NotSignedIn("this token is unknown", next="Sign in again.")
                found, status = played.answer(self.command, self.path, body), 200 if self.command == "GET" else 201
            except ShuyuanError as error:
                found, status = error.as_json(), error.status
            data = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = handle_any

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def lab(door: str, tmp_path: Path, free_port: int) -> Iterator[SimpleNamespace]:
    """A Jupyter Server with our configuration, of Lin's: see `_started`."""
    with _started(door, "en", tmp_path, free_port) as found:
        yield found


@contextmanager
def _started(door: str, language: str, tmp_path: Path, free_port: int) -> Iterator[SimpleNamespace]:
    """A Jupyter Server with our configuration: `.home`, `.url`, `.client` (signed in by cookie), `.call` (by token)."""
    home = tmp_path / "home"
    home.mkdir()
    env = {
        "HOME": str(home), "PATH": f"{PYTHON.parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8",
        "JUPYTER_CONFIG_PATH": str(ROOT / "courses" / "exchange"), "JUPYTER_RUNTIME_DIR": str(tmp_path / "run"),
        "SHUYUAN_PORTAL_URL": door, "JUPYTERHUB_API_TOKEN": "lins-token", "SHUYUAN_LANGUAGE": language,
    }  # fmt: skip
    url = f"http://127.0.0.1:{free_port}"
    command = [
        str(PYTHON),
        "-m",
        "jupyter",
        "server",
        f"--port={free_port}",
        "--ip=127.0.0.1",
        "--no-browser",
        "--allow-root",
    ]
    command += ["--IdentityProvider.token=desk", f"--ServerApp.root_dir={home}", "--ServerApp.port_retries=0"]
    with open(tmp_path / "server.log", "wb") as log:
        process = subprocess.Popen(command, env=env, cwd=home, stdout=log, stderr=log)
    with httpx.Client(base_url=url, timeout=60) as client:
        _wait(lambda: client.get("/api/status", params={"token": "desk"}).status_code == 200, process, tmp_path)

        def call(method: str, path: str, **values: Any) -> Any:
            answer = httpx.request(method, url + path, headers={"Authorization": "token desk"}, timeout=60, **values)
            return answer.json()

        yield SimpleNamespace(home=home, url=url, client=client, call=call, folder=home / "courses" / "tea" / "u1")
    process.terminate()
    process.wait(20)


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            if ready():
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError((tmp_path / "server.log").read_text()[-3000:])


def test_item_05_assignment_list_fetches_submits_and_shows_feedback(
    lab: SimpleNamespace, released: Store, world: SimpleNamespace
) -> None:
    assert lab.call("GET", "/courses") == {"success": True, "value": ["tea"]}
    listed = lab.call("GET", "/assignments?course_id=tea")
    assert [(a["assignment_id"], a["status"]) for a in listed["value"]] == [("u1", "released")]

    which = {"course_id": "tea", "assignment_id": "u1"}
    fetched = lab.call("POST", "/assignments/fetch", json=which)["value"][0]
    assert (fetched["status"], fetched["path"], fetched["notebooks"][0]["path"]) == (
        "fetched", "courses/tea/u1", "courses/tea/u1/u1.ipynb",
    )  # fmt: skip
    names = sorted(p.name for p in lab.folder.iterdir())
    assert names == ["basket.svg", "harvest.csv", "u1.ipynb"]

    files = {"u1.ipynb": (lab.folder / "u1.ipynb").read_bytes()}
    (lab.folder / "u1.ipynb").write_bytes(world.fill(files, world.RIGHT)["u1.ipynb"])
    assert lab.call("POST", "/assignments/validate", json={"path": "courses/tea/u1/u1.ipynb"})["success"] is True

    submitted = lab.call("POST", "/assignments/submit", json=which)["value"][1]
    assert submitted["status"] == "submitted" and len(submitted["submissions"]) == 1
    assert submitted["submissions"][0]["has_exchange_feedback"] is False
    assert Worker(released, {"grade": grade_job}).run_pending() == 1

    row = lab.call("GET", "/assignments?course_id=tea")["value"][1]["submissions"][0]
    assert (row["has_local_feedback"], row["has_exchange_feedback"]) == (False, True)
    row = lab.call("POST", "/assignments/fetch_feedback", json=which)["value"][1]["submissions"][0]
    assert (row["has_local_feedback"], row["feedback_updated"]) == (True, False)
    page = lab.home / row["local_feedback_path"] / "u1.html"
    assert "Score 3 of 3" in page.read_text(encoding="utf-8")

    again = lab.call("POST", "/assignments/submit", json=which)["value"][1]
    assert len(again["submissions"]) == 1, "feedback and unchanged work make no new attempt"


def test_fetching_never_overwrites_and_trouble_is_said(lab: SimpleNamespace) -> None:
    which = {"course_id": "tea", "assignment_id": "u1"}
    lab.call("POST", "/assignments/fetch", json=which)
    (lab.folder / "u1.ipynb").write_text("mine")
    (lab.folder / "harvest.csv").unlink()
    lab.call("POST", "/assignments/fetch", json=which)
    assert (lab.folder / "u1.ipynb").read_text() == "mine" and (lab.folder / "harvest.csv").is_file()
    refused = lab.call("POST", "/assignments/submit", json=which)
    assert refused["success"] is False
    assert "this is not a notebook" in refused["value"] and "Traceback" not in refused["value"]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_without_the_portal_assignment_list_says_so_in_words(free_port: int, tmp_path: Path, language: str) -> None:
    words = {"zh-CN": "现在连不上书院的学习网站。", "en": "The learning site does not answer at the moment."}[language]
    which = {"course_id": "tea", "assignment_id": "u1"}
    with _started("http://127.0.0.1:1", language, tmp_path, free_port) as lab:
        lab.folder.mkdir(parents=True)
        (lab.folder / "u1.ipynb").write_text("{}")
        for said in (
            lab.call("GET", "/courses"), lab.call("GET", "/assignments?course_id=tea"),
            lab.call("POST", "/assignments/fetch", json=which), lab.call("POST", "/assignments/submit", json=which),
        ):  # fmt: skip
            assert said["success"] is False and said["value"].startswith(words), said
            assert "Traceback" not in said["value"] and "exchange directory" not in said["value"]


def test_item_05_open_reset_and_restore_lose_nothing(
    lab: SimpleNamespace, released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    client = lab.client
    client.get("/login", params={"token": "desk"})
    opened = client.get("/shuyuan/open", params={"course": "tea", "assignment": "u1", "language": "en"})
    assert (opened.status_code, opened.headers["location"]) == (302, "/lab/tree/courses/tea/u1/u1.ipynb")
    assert "Mean weight" in (lab.folder / "u1.ipynb").read_text(encoding="utf-8")

    attempt = submit(released, lin, "tea", "u1", "en", world.fill(fetched, world.RIGHT))
    (lab.folder / "u1.ipynb").write_text("what I have now")
    page = client.get("/shuyuan/restore", params={"attempt": attempt.id, "language": "zh-CN"})
    assert page.status_code == 200 and 'lang="zh-CN"' in page.text and "第 1 次" in page.text
    assert (lab.folder / "u1.ipynb").read_text() == "what I have now"

    token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert token is not None
    form = {"attempt": attempt.id, "language": "en"}
    assert client.post("/shuyuan/restore", data=form).status_code == 403, "no xsrf token"
    done = client.post("/shuyuan/restore", data=form | {"_xsrf": token.group(1)})
    assert done.status_code == 302
    assert "sum(values)" in (lab.folder / "u1.ipynb").read_text(encoding="utf-8")
    aside = [p for p in lab.folder.iterdir() if re.fullmatch(r"u1 \(\d{4}-\d\d-\d\d \d\d\.\d\d\)\.ipynb", p.name)]
    assert [p.read_text() for p in aside] == ["what I have now"]

    form = {"course": "tea", "assignment": "u1", "language": "en", "_xsrf": token.group(1)}
    assert client.post("/shuyuan/reset", data=form).status_code == 302
    assert "YOUR CODE HERE" in (lab.folder / "u1.ipynb").read_text(encoding="utf-8")
    assert len([p for p in lab.folder.iterdir() if p.name.startswith("u1 (")]) == 2

    bad = client.get("/shuyuan/open", params={"course": "../..", "assignment": "u1"})
    assert bad.status_code == 502 and "Your files are unchanged" in bad.text
    assert httpx.get(lab.url + "/shuyuan/open?course=tea&assignment=u1").status_code in (302, 403)


def test_nbgraders_commands_work_and_teachers_ones_name_ours(lab: SimpleNamespace, door: str) -> None:
    env = os.environ | {
        "HOME": str(lab.home), "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_PATH": str(ROOT / "courses" / "exchange"),
        "SHUYUAN_PORTAL_URL": door, "JUPYTERHUB_API_TOKEN": "lins-token", "SHUYUAN_LANGUAGE": "zh-CN",
    }  # fmt: skip

    def nbgrader(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(PYTHON), "-m", "nbgrader", *words, "--course", "tea"]
        return subprocess.run(command, env=env, cwd=lab.home, capture_output=True, text=True, check=False)

    fetched = nbgrader("fetch_assignment", "u1")
    assert fetched.returncode == 0, fetched.stderr
    assert "平均重量" in (lab.folder / "u1.ipynb").read_text(encoding="utf-8")
    assert "tea u1 (fetched)" in nbgrader("list").stderr
    refused = nbgrader("release_assignment", "u1")
    assert refused.returncode != 0 and "shuyuan course release" in refused.stderr


def test_words_are_found_in_a_traceback_and_other_texts_stay() -> None:
    chained = "Traceback …\ncourses.exchange.client.ExchangeTrouble: no. \n\nTraceback …\nnbgrader.x.ExchangeError: no attempt is left.\n"
    assert plain_words(chained, "en") == "no attempt is left."
    assert plain_words("Traceback …\nZeroDivisionError: by zero", "en") == "Traceback …\nZeroDivisionError: by zero"
    assert plain_words(traceback_of(NoAnswer()), "zh-CN").startswith("现在连不上")


def traceback_of(error: Exception) -> str:
    return "".join(traceback.format_exception(error))
