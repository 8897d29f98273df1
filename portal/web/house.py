"""What one portal process holds: settings, store, catalogue, templates and the way to the hub. Made once; its parts stay the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from jinja2 import Environment
from starlette.requests import Request

from commons.languages import Messages
from commons.settings import Settings
from commons.store import Store
from portal.catalogue import Catalogue, Shelf
from portal.web.hub import Hub
from portal.web.session import Signer
from portal.web.tries import Tries

__all__ = ["House", "house_of"]


@dataclass(frozen=True)
class House:
    """Everything a page may need; `signer` makes and reads session cookies and form tokens, `code_tries` counts wrong join codes."""

    settings: Settings
    store: Store
    messages: Messages
    environment: Environment
    shelf: Shelf
    hub: Hub
    signer: Signer
    code_tries: Tries = field(default_factory=Tries)

    @property
    def catalogue(self) -> Catalogue:
        return self.shelf.current()


def house_of(request: Request) -> House:
    """The house this app was made with."""
    found = request.app.state.house
    assert isinstance(found, House)
    return found
