"""Must-show 6: one learner's notebook tries to reach what is not its own, and to reach the network. Every try is made."""

from __future__ import annotations

import json
import socket
import textwrap
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from commons.people import person_of_account
from commons.places import ROOT
from commons.store import open_store
from hub_config.running import home_folder, running_servers
from tests.hub_config.house import Browser, House, as_root

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Pair:
    """Two learners whose servers run: one who tries, and one who has something to lose."""

    house: House
    curious: Browser
    kernel: str
    other: Browser
    other_kernel: str

    def tries(self, code: str) -> str:
        """What the curious learner's kernel prints."""
        return self.curious.run(self.kernel, textwrap.dedent(code))


@pytest.fixture(scope="module")
def pair(walled: House) -> Iterator[Pair]:
    curious, other = walled.learner("curious-cat"), walled.learner("other-person")
    for one in (curious, other):
        walled.browsers.remove(one)
        one.open_server()
    kernels = curious.start_kernel(), other.start_kernel()
    other.run(kernels[1], "open('diary.txt', 'w').write('my own words'); secret = 'in my kernel'")
    yield Pair(walled, curious, kernels[0], other, kernels[1])
    for one in (curious, other):
        one.delete(f"/hub/api/users/{one.account}/server", params={"_xsrf": one.xsrf("/hub/change-password")})
        one.close()


def actor_of(house: House, account: str) -> str:
    store = open_store(house.settings.database_url)
    with store.read() as conn:
        found = person_of_account(conn, account)
    store.close()
    assert found is not None
    return found.actor


def test_item_04_each_learner_has_an_own_private_home(pair: Pair) -> None:
    assert (
        pair.tries("import os; print(os.getcwd(), sorted(os.listdir('/home')))").strip() == "/home/learner ['learner']"
    )
    assert "diary.txt" not in pair.tries("print(os.listdir('.'))")
    homes = [home_folder(pair.house.settings, actor_of(pair.house, one.account)) for one in (pair.curious, pair.other)]
    assert (homes[1] / "diary.txt").read_text() == "my own words"
    assert all(home.stat().st_mode & 0o077 == 0 for home in homes)
    if as_root():
        assert homes[0].stat().st_uid != homes[1].stat().st_uid


def test_must_show_6_no_file_of_the_platform_exists_inside(pair: Pair) -> None:
    settings = pair.house.settings
    other_home = home_folder(settings, actor_of(pair.house, pair.other.account))
    paths = [
        settings.home,
        other_home / "diary.txt",
        settings.home / "shuyuan.db",
        settings.home / "hub" / "hub.sqlite",
        *(settings.home / "secrets").iterdir(),
        settings.home / "run" / "servers",
        settings.home / "logs",
        ROOT / "portal",
        ROOT / "courses" / "content",
        ROOT / ".git",
        "/etc/shadow",
        "/root/.ssh",
    ]
    code = f"import os, json; print(json.dumps([p for p in {[str(path) for path in paths]!r} if os.path.lexists(p)]))"
    assert json.loads(pair.tries(code)) == []


def test_must_show_6_no_text_of_a_secret_can_be_found_inside(pair: Pair) -> None:
    secrets = list(vars(pair.house.secrets).values())
    found = pair.tries(f"""
        import os
        secrets, found = {secrets!r}, []
        for root in ("/etc", "/run", "/tmp", "/home", "/opt", "/var", "/dev/shm"):
            for folder, _, names in os.walk(root):
                for name in names:
                    path = os.path.join(folder, name)
                    try:
                        text = open(path, errors="replace").read(1 << 20) if os.path.isfile(path) else ""
                    except OSError:
                        continue
                    found += [path for secret in secrets if secret in text]
        for pid in filter(str.isdigit, os.listdir("/proc")):
            for name in ("environ", "cmdline"):
                try:
                    text = open(f"/proc/{{pid}}/{{name}}", errors="replace").read()
                except OSError:
                    continue
                found += [f"{{pid}}/{{name}}" for secret in secrets if secret in text]
        print(found)
    """)
    assert found.strip() == "[]"


def test_must_show_6_solutions_and_hidden_tests_are_not_inside(pair: Pair) -> None:
    found = pair.tries("""
        import os
        folder = "/opt/shuyuan/courses/content"
        print(os.listdir(folder) if os.path.isdir(folder) else [])
        hits = []
        for folder, _, names in os.walk("/opt/shuyuan"):
            for name in names:
                if name.endswith(".ipynb") and "BEGIN SOLUTION" in open(os.path.join(folder, name)).read():
                    hits.append(name)
        print(hits)
    """)
    assert found.split("\n")[:2] == ["[]", "[]"]


def test_must_show_6_the_network_is_not_there(pair: Pair) -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        port = listener.getsockname()[1]
        found = pair.tries(f"""
            import socket
            print([name for _, name in socket.if_nameindex()])
            def attempt(act):
                try:
                    act()
                    return "reached"
                except OSError as error:
                    return type(error).__name__
            ports = {[port, pair.house.settings.port, pair.house.settings.hub_port, pair.house.settings.proxy_api_port]!r}
            print([attempt(lambda: socket.create_connection(("127.0.0.1", port), 3)) for port in ports])
            print(attempt(lambda: socket.create_connection(("192.0.2.1", 80), 3)))
            print(attempt(lambda: socket.getaddrinfo("example.org", 80)))
            print(attempt(lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)))
        """)
    lines = found.split("\n")
    assert lines[0] == "['lo']"
    assert lines[1] == str(["ConnectionRefusedError"] * 4)
    assert "reached" not in found


def test_the_way_out_leads_to_hub_and_portal_and_ends_there(pair: Pair) -> None:
    found = pair.tries("""
        import os, urllib.request
        print(urllib.request.urlopen(os.environ["SHUYUAN_PORTAL_URL"] + "/hello").read())
        request = urllib.request.Request(os.environ["JUPYTERHUB_API_URL"] + "/user")
        request.add_header("Authorization", "token " + os.environ["JUPYTERHUB_API_TOKEN"])
        print(urllib.request.urlopen(request).read().decode())
    """)
    assert "portal /hello" in found and pair.curious.account in found


def test_must_show_6_the_servers_token_opens_nobody_elses_account(pair: Pair) -> None:
    found = pair.tries(f"""
        import urllib.error
        def ask(path, method="GET"):
            request = urllib.request.Request(os.environ["JUPYTERHUB_API_URL"] + path, method=method)
            request.add_header("Authorization", "token " + os.environ["JUPYTERHUB_API_TOKEN"])
            try:
                return urllib.request.urlopen(request).status
            except urllib.error.HTTPError as error:
                return error.code
        other = "{pair.other.account}"
        print([ask("/users"), ask("/users/" + other), ask("/proxy"), ask("/services"), ask("/users/" + other + "/server", "DELETE"),
               ask("/users/" + other + "/tokens", "POST"), ask("/shutdown", "POST")])
    """)
    assert set(json.loads(found)) <= {403, 404}


def test_must_show_6_another_kernel_cannot_be_listened_to(pair: Pair) -> None:
    """No process, socket or connection file of the other learner is in sight, and the server refuses this learner."""
    found = pair.tries("""
        import glob, os
        print(sum(os.stat(f"/proc/{pid}").st_uid == os.getuid() for pid in os.listdir("/proc") if pid.isdigit()))
        print(len(glob.glob("/tmp/jupyter/kernel-*.json")), len(glob.glob("/proc/[0-9]*")))
        print(sum("kernel" in line for line in open("/proc/net/unix")))
    """)
    assert found.split()[1] == "1" and int(found.split()[2]) < 12
    assert pair.other_kernel not in pair.tries(
        "import os; print(os.popen('ls -R /tmp /run /dev/shm; cat /proc/net/unix').read())"
    )
    refused = pair.curious.get(f"/user/{pair.other.account}/api/kernels", follow_redirects=True)
    assert refused.status_code == 403
    assert pair.other.run(pair.other_kernel, "print(secret)").strip() == "in my kernel"


def test_item_04_kernels_speak_over_ipc(pair: Pair) -> None:
    found = pair.tries("""
        import json
        from ipykernel import get_connection_file
        about = json.load(open(get_connection_file()))
        print(about["transport"], about["ip"])
    """)
    assert found.startswith("ipc /tmp/jupyter/")


def test_the_platform_and_the_kernels_code_cannot_be_written(pair: Pair) -> None:
    found = pair.tries("""
        import sys
        refused = []
        for path in ("/opt/shuyuan/learner/inside.py", sys.prefix + "/pyvenv.cfg", "/etc/passwd", "/usr/bin/python3", "/run/shuyuan/x"):
            try:
                open(path, "a")
            except OSError:
                refused.append(path)
        print(len(refused))
    """)
    assert found.strip() == "5"


def test_a_terminal_opens_inside_the_walls(pair: Pair) -> None:
    answer = pair.curious.server("POST", "terminals")
    assert answer.status_code == 200, answer.text
    assert pair.curious.server("DELETE", f"terminals/{answer.json()['name']}").status_code == 204


def test_limits_hold_a_fork_bomb_and_endless_memory_inside(pair: Pair) -> None:
    kernel = pair.curious.start_kernel()
    found = pair.curious.run(
        kernel,
        textwrap.dedent("""
            import subprocess, sys
            children = []
            try:
                for _ in range(2000):
                    children.append(subprocess.Popen(["sleep", "60"]))
                print("no limit")
            except OSError as error:
                print("stopped at", len(children) < 300)
            for child in children:
                child.kill()
            try:
                block = bytearray(16 << 30)
                print("no limit")
            except MemoryError:
                print("memory refused")
        """),
        seconds=120,
    )
    assert found.split("\n")[:2] == ["stopped at True", "memory refused"]
    assert pair.other.run(pair.other_kernel, "print(1 + 1)").strip() == "2", "the other learner notices nothing"


def test_many_connections_at_once_pass_through(pair: Pair) -> None:
    codes: list[int] = []

    def ask() -> None:
        answer = pair.curious.get(f"/user/{pair.curious.account}/api/status")
        codes.append(answer.status_code)

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [200] * 30


def test_a_large_file_comes_back_whole_through_the_relays(pair: Pair) -> None:
    pair.tries("import os; data = os.urandom(20_000_000); open('large.bin', 'wb').write(data)")
    digest = pair.tries("import hashlib; print(hashlib.sha256(data).hexdigest())").strip()
    import hashlib

    answer = pair.curious.get(f"/user/{pair.curious.account}/files/large.bin")
    assert hashlib.sha256(answer.content).hexdigest() == digest


def test_only_the_two_launchers_stand_outside(pair: Pair) -> None:
    running = {one.folder.name for one in running_servers(pair.house.settings)}
    assert {actor_of(pair.house, one.account) for one in (pair.curious, pair.other)} <= running
