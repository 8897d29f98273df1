"""The hub's two services: the portal, which signs people in through the hub, and the culler of idle servers."""

from __future__ import annotations

import sys
from typing import Any

from commons.settings import Settings
from hub_config.secrets import Secrets

__all__ = ["PORTAL_CLIENT", "hub_services"]

PORTAL_CLIENT = "service-portal"
CULL_EVERY_S = 300


def hub_services(settings: Settings, secrets: Secrets) -> list[dict[str, Any]]:
    """JupyterHub's `services`. The portal is started elsewhere; the hub starts the culler as a command."""
    return [
        {
            "name": "portal",
            "api_token": secrets.portal_token,
            "oauth_client_id": PORTAL_CLIENT,
            "oauth_redirect_uri": "/oauth/callback",
            "oauth_no_confirm": True,
            "display": False,
        },
        {
            "name": "idle-culler",
            "api_token": secrets.culler_token,
            "command": culler_command(settings),
            "display": False,
        },
    ]


def culler_command(settings: Settings) -> list[str]:
    """The argv that stops servers idle for `server_idle_minutes`."""
    return [
        # The hub may be killed; its new self starts a culler of its own, and two would both stop servers.
        "/usr/bin/setpriv",
        "--pdeathsig=TERM",
        "--",
        sys.executable,
        "-m",
        "jupyterhub_idle_culler",
        f"--timeout={settings.server_idle_minutes * 60}",
        f"--cull-every={CULL_EVERY_S}",
    ]
