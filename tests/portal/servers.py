"""Real servers on loopback for these tests: the portal under uvicorn, and a small hub that speaks the sign-in the portal speaks.

The hub here knows two tokens and one code; the real hub is met in tests/hub_config and tests/e2e.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Header, HTTPException, Request
from starlette.responses import RedirectResponse

__all__ = ["apps_app", "hub_app", "serve"]


@contextmanager
def serve(app: Any, port: int) -> Iterator[str]:
    """`app` on 127.0.0.1:`port` until the block ends; gives its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", ws="none", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > until or not thread.is_alive():
            raise RuntimeError(f"the server on port {port} did not start")
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def hub_app(secret: str, portal: str) -> FastAPI:
    """A hub where whoever comes is `lin`; deleted accounts are in `app.state.deleted`."""
    app = FastAPI(openapi_url=None)
    app.state.deleted, app.state.asked = [], 0
    app.add_api_route("/hub/health", lambda: {"status": "ok"}, methods=["GET"])

    def authorize(client_id: str, redirect_uri: str, state: str) -> RedirectResponse:
        assert client_id == "service-portal" and redirect_uri == "/oauth/callback"
        return RedirectResponse(f"{portal}{redirect_uri}?code=good&state={state}")

    async def token(request: Request) -> dict[str, str]:
        form = await request.form()
        if form["client_secret"] != secret or form["code"] != "good":
            raise HTTPException(400)
        return {"access_token": "token-of-lin"}

    def user(authorization: str = Header("")) -> dict[str, str]:
        app.state.asked += 1
        known = {"token token-of-lin": "lin", "token token-of-new": "newcomer"}
        if authorization not in known:
            raise HTTPException(403)
        return {"name": known[authorization], "kind": "user"}

    def delete(name: str, authorization: str = Header("")) -> None:
        if authorization != f"token {secret}":
            raise HTTPException(403)
        app.state.deleted.append(name)

    app.add_api_route("/hub/api/oauth2/authorize", authorize, methods=["GET"])
    app.add_api_route("/hub/api/oauth2/token", token, methods=["POST"])
    app.add_api_route("/hub/api/user", user, methods=["GET"])
    app.add_api_route("/hub/api/users/{name}", delete, methods=["DELETE"], status_code=204)
    return app


def apps_app() -> FastAPI:
    """The tours' health check."""
    app = FastAPI(openapi_url=None)
    app.add_api_route("/tours/health", lambda: {"status": "ok"}, methods=["GET"])
    return app
