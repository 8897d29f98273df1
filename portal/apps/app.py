"""Puts the process together: tour pages and assets in the light, Panel under /apps/ beside them, guard around both.

The rule kept here: the proxy hands full paths on (/tours/…, /apps/…); nothing but the Panel part may need a prefix cut.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from commons.languages import load_messages
from commons.settings import Settings
from portal.apps.ask import ask_router
from portal.apps.assets import assets_router
from portal.apps.desk import TEMPLATES, Desk
from portal.apps.faults import install_faults
from portal.apps.guides import Guides
from portal.apps.panel_mount import PanelMount
from portal.apps.policy import Policy
from portal.apps.rooms import Rooms
from portal.apps.shelf import Shelf
from portal.apps.together import together_router
from portal.apps.tours import tours_router
from portal.apps.visitor import Visitors
from portal.web import frame
from portal.web.guard import Guard
from portal.web.look import Choices

__all__ = ["create_apps_app"]


def create_apps_app(settings: Settings) -> FastAPI:
    """The ASGI app over these settings. It reads the store only to greet who is signed in, and goes on without it."""
    messages = load_messages()
    shelf = Shelf(settings.home)
    app = FastAPI(title="Shuyuan tours", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = Desk(
        shelf=shelf,
        messages=messages,
        environment=frame.templates(settings, messages, TEMPLATES),
        visitors=Visitors(settings),
        address=settings.address,
    )
    app.state.rooms = Rooms()
    app.state.guides = Guides(shelf, settings.home / "cache" / "vectors.sqlite3")
    install_faults(app)
    app.add_middleware(PanelMount, desk=app.state.desk)
    app.add_middleware(Choices, skip=("/tours/assets/", "/tours/viewer/", "/tours/static/", "/apps/static/"))
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(Policy)
    app.add_middleware(Guard)
    for router in (assets_router(), together_router(), ask_router(), tours_router()):
        app.include_router(router)
    return app
