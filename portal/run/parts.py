"""Which processes make the platform, in the order they start. Pure: settings and secrets in, commands out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from commons.places import ROOT
from commons.settings import Settings
from portal.run.part import Part

__all__ = ["parts", "platform_env"]


def platform_env(settings: Settings, env: Mapping[str, str]) -> dict[str, str]:
    """The environment of every part: this one, with the home folder and the source tree made plain."""
    path = os.pathsep.join((str(ROOT / ".node" / "bin"), os.path.dirname(sys.executable), env.get("PATH", "")))
    return {
        **env,
        "PATH": path,
        "SHUYUAN_HOME": str(settings.home),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        # Nothing is downloaded at run time.
        "HF_HUB_OFFLINE": "1",
        "BOKEH_RESOURCES": "server",
    }


def parts(settings: Settings, env: Mapping[str, str], *, routes: Callable[[int], None]) -> list[Part]:
    """Proxy, portal, apps, worker and hub. `routes` is called after each start of the proxy, which forgets its routes."""
    from hub_config.commands import hub_command, proxy_command
    from hub_config.secrets import ensure_secrets

    secrets = ensure_secrets(settings.home)
    base = platform_env(settings, env)
    proxy, proxy_env = proxy_command(settings, secrets, env=base)
    hub, hub_env = hub_command(settings, secrets, env=base)
    own = [sys.executable, "-m", "portal.cli"]
    return [
        Part("proxy", proxy, {**base, **proxy_env}, after=routes),
        Part("portal", [*own, "portal"], base),
        Part("apps", [*own, "apps"], base),
        Part("worker", [*own, "worker"], base),
        Part("hub", hub, {**base, **hub_env}),
    ]
