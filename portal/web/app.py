"""The portal as an ASGI app: pages, JSON API and static files. It keeps no session of its own, so any number of workers may run it."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware

from commons.languages import load_messages
from commons.settings import Settings
from commons.store import open_store
from courses.archive import TOTAL_BYTES
from hub_config.secrets import ensure_secrets
from portal.api import api_routers
from portal.catalogue import Shelf
from portal.health import health_router
from portal.web import frame, pages
from portal.web.faults import TooLargeInWords, install_faults
from portal.web.guard import Guard
from portal.web.house import House
from portal.web.hub import Hub
from portal.web.look import Choices
from portal.web.session import Signer
from portal.web.static import static_router
from recommender.serving import traced_live

__all__ = ["create_app"]

MAX_BODY = TOTAL_BYTES * 4 // 3 + (1 << 20)  # a whole hand-in in base64, and its names


def create_app(settings: Settings) -> FastAPI:
    """The app over these settings. The store must have been migrated; secrets are made where missing."""
    app = FastAPI(title="Shuyuan", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.house = _house(settings)
    install_faults(app)
    app.add_middleware(Choices)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=MAX_BODY)
    app.add_middleware(TooLargeInWords)
    app.add_middleware(Guard)
    for router in (static_router(), health_router(), *api_routers(), *pages.page_routers()):
        app.include_router(router)
    return app


def _house(settings: Settings) -> House:
    secrets = ensure_secrets(settings.home)
    messages = load_messages()
    return House(
        settings=settings,
        store=open_store(settings.database_url),
        messages=messages,
        environment=frame.templates(settings, messages),
        shelf=Shelf(settings.home, partial(traced_live, settings)),
        hub=Hub(base=f"http://127.0.0.1:{settings.hub_port}/hub", token=secrets.portal_token),
        signer=Signer(secrets.session_key),
    )
