"""The proxy keeps its routes in memory: after it was restarted they are put back, without waiting for anybody to notice."""

from __future__ import annotations

import logging
import threading
import time

import httpx

from commons.settings import Settings

__all__ = ["restore_routes"]

TRIES_S = 30.0


def restore_routes(settings: Settings, *, known_hub: bool) -> None:
    """Put back the house's own routes, and ask a running hub (`known_hub`) to put back its learners'. Returns at once."""
    threading.Thread(target=_restore, args=(settings, known_hub), daemon=True).start()


def _restore(settings: Settings, known_hub: bool) -> None:
    from hub_config.config import house_routes
    from hub_config.secrets import ensure_secrets

    secrets = ensure_secrets(settings.home)
    api = f"http://127.0.0.1:{settings.proxy_api_port}/api/routes"
    head = {"Authorization": f"token {secrets.proxy_token}"}
    routes = {**house_routes(settings), "/hub/": f"http://127.0.0.1:{settings.hub_port}"}
    deadline = time.monotonic() + TRIES_S
    while time.monotonic() < deadline:
        try:
            for path, target in routes.items():
                data = {"target": target, "hub": True} if path == "/hub/" else {"target": target}
                httpx.post(api + path, json=data, headers=head, timeout=2, trust_env=False).raise_for_status()
            break
        except httpx.HTTPError:
            time.sleep(0.2)
    if known_hub:
        _ask_hub(settings, secrets.portal_token)


def _ask_hub(settings: Settings, token: str) -> None:
    url = f"http://127.0.0.1:{settings.hub_port}/hub/api/proxy"
    try:
        answer = httpx.post(url, headers={"Authorization": f"token {token}"}, timeout=10, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        # The hub looks for itself too, only later.
        logging.getLogger("shuyuan.run").warning("the hub was not told of the proxy's restart: %s", error)
