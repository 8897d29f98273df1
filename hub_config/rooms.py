"""A learner's room: what its server sees inside the sandbox. Whatever is not listed here does not exist for it.

Inside there are the own home, the kernels' environment, the learner-side code without the courses' sources, and two
sockets, to the hub and to the portal. There is no network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from commons.places import ROOT
from commons.sandbox import Limits, Mount, Sandbox, python_mounts
from commons.settings import Settings

__all__ = ["FIRST_UID", "HOME", "HUB_INSIDE", "PORTAL_INSIDE", "SERVER_INSIDE", "room_env", "server_sandbox"]

HOME = "/home/learner"
CODE = "/opt/shuyuan"
SERVER_INSIDE, HUB_INSIDE, PORTAL_INSIDE = 8888, 8081, 8001
# Learners' accounts on the machine when root starts their servers: this plus the hub's number of the user.
FIRST_UID = 300_000

_LEARNER = ROOT / "hub_config" / "learner"
_ROOMS = ("commons", "courses", "vr_scenes")
_EXCHANGE = ROOT / "courses" / "exchange"
_PASSED_ON = re.compile(r"JUPYTERHUB_|JPY_API_TOKEN$")


def server_sandbox(settings: Settings, *, home: Path, run: Path, env: Mapping[str, str], uid: int | None) -> Sandbox:
    """The sandbox of one server. `home` is the learner's folder, `run` holds the two sockets and the language file."""
    return Sandbox(
        mounts=(
            *python_mounts(settings.kernels_env),
            *_code_mounts(),
            Mount(home, HOME, writable=True),
            Mount(run / "hub.sock", "/run/shuyuan/hub.sock"),
            Mount(run / "portal.sock", "/run/shuyuan/portal.sock"),
            Mount(run / "overrides.json", f"{CODE}/lab/overrides.json"),
        ),
        env=env,
        cwd=HOME,
        limits=Limits(
            cpu_s=None,
            wall_s=None,
            memory_mb=settings.server_memory_mb,
            processes=settings.server_processes,
            file_mb=settings.server_file_mb,
            open_files=settings.server_open_files,
        ),
        tmpfs_mb=settings.server_tmp_mb,
        # The courses' sources carry solutions and hidden tests.
        hide=(f"{CODE}/courses/content",) if (ROOT / "courses" / "content").is_dir() else (),
        uid=uid,
    )


def _code_mounts() -> list[Mount]:
    mounts = [Mount(_LEARNER, f"{CODE}/learner"), Mount(_LEARNER / "page_config.json", f"{CODE}/lab/page_config.json")]
    mounts += [Mount(ROOT / room, f"{CODE}/{room}") for room in _ROOMS if (ROOT / room).is_dir()]
    for name in ("jupyter_server_config.py", "nbgrader_config.py"):
        if (_EXCHANGE / name).is_file():
            mounts.append(Mount(_EXCHANGE / name, f"/etc/jupyter/{name}"))
    return mounts


def room_env(settings: Settings, hub_env: Mapping[str, str], language: str) -> dict[str, str]:
    """The environment inside, from what the hub would have given a server outside; addresses become those inside.

    Only the hub's own variables pass; nothing of the platform's environment does.
    """
    env = {name: value for name, value in hub_env.items() if _PASSED_ON.match(name)}
    hub = f"http://127.0.0.1:{settings.hub_port}"
    env = {name: value.replace(hub, f"http://127.0.0.1:{HUB_INSIDE}") for name, value in env.items()}
    binary = settings.kernels_env / "bin"
    return env | {
        "HOME": HOME,
        "SHELL": "/bin/bash",
        "PATH": f"{binary}:/usr/bin:/bin",
        "PYTHONPATH": CODE,
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "JUPYTER_CONFIG_PATH": f"{CODE}/learner",
        "JUPYTER_RUNTIME_DIR": "/tmp/jupyter",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{SERVER_INSIDE}{env.get('JUPYTERHUB_SERVICE_PREFIX', '/')}",
        "JUPYTERHUB_ROOT_DIR": HOME,
        "SHUYUAN_PORTAL_URL": f"http://127.0.0.1:{PORTAL_INSIDE}",
        "SHUYUAN_PUBLIC_URL": settings.public_url,
        "SHUYUAN_LANGUAGE": language,
        # numpy would start a thread per core of the machine, and all learners share them.
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "MPLCONFIGDIR": "/tmp/matplotlib",
    }
