"""What one portal process holds: settings, store, catalogue, templates and the way to the hub. Made once, never changed."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment
from starlette.requests import Request

from commons.languages import Messages
from commons.settings import Settings
from commons.store import Store
from portal.catalogue import Catalogue, Shelf
from portal.web.hub import Hub
from portal.web.session import Signer

__all__ = ["House", "house_of"]


@dataclass(frozen=True)
class House:
    """Everything a page may need; `signer` makes and reads session cookies and form tokens."""

    settings: Settings
    store: Store
    messages: Messages
    environment: Environment
    shelf: Shelf
    hub: Hub
    signer: Signer

    @property
    def catalogue(self) -> Catalogue:
        return self.shelf.current()


def house_of(request: Request) -> House:
    """The house this app was made with."""
    found = request.app.state.house
    assert isinstance(found, House)
    return found
