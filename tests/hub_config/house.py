"""Starts and stops the real proxy and hub for tests, and acts as a learner's browser. Knows no test."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
import uuid
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from commons.places import ROOT
from commons.settings import Settings, load_settings
from commons.store import migrate, open_store
from hub_config.accounts import ensure_admin
from hub_config.commands import hub_command, proxy_command
from hub_config.running import stop_servers
from hub_config.secrets import ensure_secrets
from tests.ports import free_ports

PASSWORD = "moon over the lotus pond"


@cache
def sandbox_fault() -> str:
    """Why no sandbox can be built here, or ""."""
    from commons.errors import SandboxError
    from commons.sandbox import ensure_sound

    try:
        ensure_sound()
    except SandboxError as error:
        return str(error)
    return ""


class StandIn(SimpleHTTPRequestHandler):
    """At the portal's port: the shared static files, and a line for every other path."""

    def do_GET(self) -> None:
        if self.path.startswith("/static/"):
            name = self.path.removeprefix("/static/").partition("?")[0]
            file = ROOT / "portal" / "static" / name
            kind = {"css": "text/css", "svg": "image/svg+xml"}.get(file.suffix[1:], "text/plain")
            self._answer(file.read_bytes() if file.is_file() else b"", kind)
        else:
            self._answer(b"portal " + self.path.encode(), "text/plain")

    def _answer(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


class House:
    """Proxy, hub and stand-in on random ports under `folder`."""

    def __init__(self, folder: Path, **more: str) -> None:
        names = ("port", "hub_port", "portal_port", "apps_port", "proxy_api_port")
        env = {f"SHUYUAN_{name.upper()}": str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
        self.folder = folder
        self.settings: Settings = load_settings(env | {"SHUYUAN_HOME": str(folder / "var")} | more)
        self.secrets = ensure_secrets(self.settings.home)
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.browsers: list[Browser] = []
        self.teacher_password = ""

    def __enter__(self) -> House:
        store = open_store(self.settings.database_url)
        migrate(store)
        store.close()
        self.teacher_password = ensure_admin(self.settings) or ""
        self.stand_in = ThreadingHTTPServer(("127.0.0.1", self.settings.portal_port), StandIn)
        threading.Thread(target=self.stand_in.serve_forever, daemon=True).start()
        try:
            self.start("proxy")
            self.start("hub")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close_browsers()
        for part in self.parts.values():
            part.terminate()
        for part in self.parts.values():
            try:
                part.wait(20)
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
        stop_servers(self.settings)
        self.stand_in.shutdown()
        self.stand_in.server_close()

    def start(self, name: str) -> None:
        """Start the proxy or the hub and wait until it answers through the front door."""
        argv, env = {"proxy": proxy_command, "hub": hub_command}[name](self.settings, self.secrets)
        path = self.settings.home / "logs" / f"{name}.log"
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as log:
            self.parts[name] = subprocess.Popen(
                argv, env=env, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        page, word = {"proxy": ("/", "portal"), "hub": ("/hub/api/", "version")}[name]
        self.wait(lambda: word in httpx.get(self.url(page), trust_env=False).text, name)

    def kill(self, name: str) -> None:
        """`kill -9`, as a crash would."""
        self.parts[name].send_signal(signal.SIGKILL)
        self.parts[name].wait()

    def wait(self, is_so: Any, what: str, seconds: float = 60) -> None:
        """Ask until it is so; the logs are shown when it never is."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if is_so():
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{what} did not come about:\n{self.log('hub')[-4000:]}\n{self.log('proxy')[-1000:]}")

    def log(self, name: str) -> str:
        """What that part wrote."""
        path = self.settings.home / "logs" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def url(self, path: str) -> str:
        """An address at the front door."""
        return f"http://127.0.0.1:{self.settings.port}{path}"

    def browser(self, language: str = "en") -> Browser:
        """A fresh browser."""
        self.browsers.append(Browser(self, language))
        return self.browsers[-1]

    def close_browsers(self) -> None:
        """Close what `browser` gave."""
        while self.browsers:
            self.browsers.pop().close()

    def learner(self, name: str = "") -> Browser:
        """A browser whose new account is signed in."""
        browser = self.browser()
        browser.account = name or f"learner-{uuid.uuid4().hex[:8]}"
        answer = browser.sign_up(username=browser.account)
        assert answer.status_code == 302, answer.text
        return browser


class Browser(httpx.Client):
    """httpx with the hub's forms, and the kernel protocol over the websocket of a learner's server."""

    def __init__(self, house: House, language: str) -> None:
        super().__init__(base_url=house.url(""), headers={"Accept-Language": language}, timeout=90, trust_env=False)
        self.house = house
        self.account = ""

    def xsrf(self, path: str) -> str:
        """The form token of that page."""
        found = re.search(r'name="_xsrf" value="([^"]+)"', self.get(path).text)
        assert found, path
        return found[1]

    def form(self, path: str, **fields: str) -> httpx.Response:
        """Fill in the form of that page and send it."""
        return self.post(path, data={"_xsrf": self.xsrf(path), **fields})

    def sign_up(self, **fields: str) -> httpx.Response:
        """The sign-up form, well filled in but for `fields`."""
        filled = {"username": "lin", "name": "", "age_band": "adult", "password": PASSWORD, "confirmation": PASSWORD}
        return self.form("/hub/signup", **{**filled, **fields})

    def sign_in(self, account: str, password: str = PASSWORD) -> httpx.Response:
        """The sign-in form."""
        self.account = account
        return self.form("/hub/login", username=account, password=password)

    def open_server(self) -> None:
        """Start the own server and go in, through the hub's sign-in, as a browser does."""
        self.house.wait(self._is_in, "server", 90)

    def _is_in(self) -> bool:
        answer = self.get(f"/user/{self.account}/lab", follow_redirects=True)
        if answer.status_code == 424:  # the page of a server that is not running; a browser follows its link
            self.get(f"/hub/spawn/{self.account}", follow_redirects=True)
        return answer.url.path.startswith("/user/") and answer.status_code == 200

    def server(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """A call of the own server's API."""
        token = next(
            (cookie.value for cookie in self.cookies.jar if cookie.name == "_xsrf" and "/user/" in cookie.path), ""
        )
        return self.request(method, f"/user/{self.account}/api/{path}", headers={"X-XSRFToken": token or ""}, **rest)

    def start_kernel(self) -> str:
        """A new kernel's id."""
        answer = self.server("POST", "kernels", json={"name": "python3"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def run(self, kernel: str, code: str, seconds: float = 60) -> str:
        """Run `code` in that kernel; what it printed, and its error if it had one."""
        from websockets.sync.client import connect

        cookies = "; ".join(
            f"{one.name}={one.value}" for one in self.cookies.jar if one.path in ("/", f"/user/{self.account}/")
        )
        address = self.house.url(f"/user/{self.account}/api/kernels/{kernel}/channels").replace("http", "ws", 1)
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "session": uuid.uuid4().hex,
            "username": "",
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
        message = {
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "channel": "shell",
            "buffers": [],
        }
        said: list[str] = []
        with connect(address, additional_headers={"Cookie": cookies}, max_size=None, proxy=None) as channel:
            channel.send(json.dumps(message))
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                answer = json.loads(channel.recv(timeout=seconds))
                if answer["parent_header"].get("msg_id") != header["msg_id"]:
                    continue
                said += _words(answer)
                if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
                    return "".join(said)
        raise AssertionError(f"no answer in {seconds} s: {said}")


def _words(answer: dict[str, Any]) -> list[str]:
    content = answer["content"]
    if answer["msg_type"] == "stream":
        return [content["text"]]
    if answer["msg_type"] == "error":
        return [f"{content['ename']}: {content['evalue']}"]
    return []


def as_root() -> bool:
    """Whether learners get accounts of their own on this machine."""
    return os.geteuid() == 0
