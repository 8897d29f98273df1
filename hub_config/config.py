"""The hub's configuration as functions of the settings: each writes into `c` and reads nothing else."""

from __future__ import annotations

from typing import Any

from commons.languages import load_messages
from commons.places import ROOT
from commons.settings import Settings
from hub_config.accounts import hub_database
from hub_config.pages import TEMPLATE_FOLDERS, template_vars
from hub_config.roles import hub_roles
from hub_config.secrets import Secrets
from hub_config.services import hub_services

__all__ = ["configure", "house_routes"]


def configure(settings: Settings, secrets: Secrets, c: Any) -> None:
    """Write the whole configuration into traitlets' `c`."""
    configure_hub(settings, secrets, c)
    configure_proxy(settings, secrets, c)
    configure_accounts(settings, c)
    configure_servers(settings, c)
    c.JupyterHub.load_roles = hub_roles(settings)
    c.JupyterHub.services = hub_services(settings, secrets)


def configure_hub(settings: Settings, secrets: Secrets, c: Any) -> None:
    """Address, database and pages. A hub that goes down leaves servers and proxy as they are."""
    hub = c.JupyterHub
    hub.base_url = "/"
    hub.hub_routespec = "/hub/"
    hub.hub_ip, hub.hub_port = "127.0.0.1", settings.hub_port
    hub.bind_url = f"http://{settings.host}:{settings.port}"
    hub.db_url = hub_database(settings)
    hub.cookie_secret = bytes.fromhex(secrets.cookie_secret)
    hub.cookie_max_age_days = 14
    hub.cleanup_servers = hub.cleanup_proxy = False
    hub.default_url = "/my/"
    hub.template_paths = [str(folder) for folder in TEMPLATE_FOLDERS]
    hub.template_vars = template_vars(settings, load_messages())
    hub.logo_file = str(ROOT / "portal" / "static" / "seal.svg")
    hub.allow_named_servers = False
    hub.redirect_to_server = False
    # A learner opens JupyterLab from a link to a notebook; the server starts without a page in between.
    hub.implicit_spawn_seconds = 0.1
    # A start takes three to four seconds of a core; who comes when this many start is asked to wait, and tries again.
    hub.concurrent_spawn_limit = 12
    c.ConfigurableHTTPProxy.debug = False


def house_routes(settings: Settings) -> dict[str, str]:
    """Which part of the house answers below which path, besides the hub and the learners' servers.

    A server that is not running is the hub's to answer for: it offers to start it.
    """
    hub = f"http://127.0.0.1:{settings.hub_port}"
    apps = f"http://127.0.0.1:{settings.apps_port}"
    return {"/": f"http://127.0.0.1:{settings.portal_port}", "/user/": hub, "/tours/": apps, "/apps/": apps}


def configure_proxy(settings: Settings, secrets: Secrets, c: Any) -> None:
    """The proxy is its own process: it outlives the hub, which only tells it about routes."""
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings.proxy_api_port}"
    c.ConfigurableHTTPProxy.auth_token = secrets.proxy_token
    c.Proxy.extra_routes = house_routes(settings)


def configure_accounts(settings: Settings, c: Any) -> None:
    """Anybody may sign up; nobody is JupyterHub's almighty admin."""
    from hub_config.authenticator import HouseAuthenticator

    c.JupyterHub.authenticator_class = HouseAuthenticator
    accounts = c.HouseAuthenticator
    accounts.database_url, accounts.home = settings.database_url, str(settings.home)
    accounts.teacher = settings.teacher
    accounts.allow_all = accounts.open_signup = accounts.enable_signup = True
    accounts.check_common_password = True
    accounts.admin_users = set()
    c.JupyterHub.admin_access = False


def configure_servers(settings: Settings, c: Any) -> None:
    """One walled server for each learner."""
    from hub_config.spawner import SandboxSpawner

    c.JupyterHub.spawner_class = SandboxSpawner
    servers = c.SandboxSpawner
    servers.settings = settings
    servers.cmd = [str(settings.kernels_env / "bin" / "jupyterhub-singleuser")]
    servers.default_url = "/lab"
    servers.start_timeout = settings.server_start_seconds + 15
    servers.http_timeout = 30
    servers.poll_interval = 10
    servers.interrupt_timeout = servers.term_timeout = 15
    servers.disable_user_config = True
    servers.env_keep = []
