"""The hub's configuration, secrets and commands as values: nothing is started here."""

from __future__ import annotations

import logging
import os
import stat
import threading
from pathlib import Path

import pytest
from traitlets.config import Config

from commons.errors import NotFound, Unavailable
from commons.settings import Settings, load_settings
from commons.store import migrate, open_store
from hub_config.accounts import ensure_admin, first_password_file, reset_password
from hub_config.commands import find_node, hub_command, proxy_command
from hub_config.config import configure, house_routes
from hub_config.launcher import lab_settings
from hub_config.roles import hub_roles
from hub_config.rooms import HOME, room_env, server_sandbox
from hub_config.secrets import ensure_secrets
from hub_config.services import hub_services


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"SHUYUAN_HOME": str(tmp_path), "SHUYUAN_HUB_PORT": "20802"})


def test_secrets_are_private_lasting_and_made_once(settings: Settings) -> None:
    first = ensure_secrets(settings.home)
    assert first == ensure_secrets(settings.home)
    folder = settings.home / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert len(set(vars(first).values())) == len(vars(first))
    assert first.portal_token not in repr(first)


def test_two_starts_at_once_agree_on_the_secrets(settings: Settings) -> None:
    found = []
    threads = [threading.Thread(target=lambda: found.append(ensure_secrets(settings.home))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert not [path for path in (settings.home / "secrets").iterdir() if path.name.startswith(".")]


def test_a_damaged_secret_is_refused_in_words(settings: Settings) -> None:
    ensure_secrets(settings.home)
    (settings.home / "secrets" / "cookie_secret").write_text("12")
    with pytest.raises(Unavailable, match="cookie_secret"):
        ensure_secrets(settings.home)


def test_no_secret_is_among_the_arguments_of_a_process(settings: Settings) -> None:
    secrets = ensure_secrets(settings.home)
    for command in (proxy_command, hub_command):
        argv, _ = command(settings, secrets, env={"PATH": os.environ["PATH"], "AWS_SECRET": "x"})
        assert not set(vars(secrets).values()) & set(" ".join(argv).split("="))


def test_parts_do_not_inherit_other_programs_secrets(settings: Settings) -> None:
    env = {"PATH": "/usr/bin:/bin:/usr/local/bin", "SOME_TOKEN": "x"}
    assert "SOME_TOKEN" not in hub_command(settings, ensure_secrets(settings.home), env=env)[1]


def test_without_node_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="make run"):
        find_node({"PATH": str(tmp_path)})


def test_configuration_is_pure_and_keeps_servers_and_proxy(settings: Settings) -> None:
    secrets = ensure_secrets(settings.home)
    one, two = Config(), Config()
    configure(settings, secrets, one)
    configure(settings, secrets, two)
    assert one.JupyterHub.hub_routespec == "/hub/" and one.JupyterHub.base_url == "/"
    assert one.JupyterHub.cleanup_servers is False and one.JupyterHub.cleanup_proxy is False
    assert one.ConfigurableHTTPProxy.should_start is False
    assert one.Proxy.extra_routes == two.Proxy.extra_routes == house_routes(settings)
    assert one.HouseAuthenticator.allow_all is True and one.HouseAuthenticator.admin_users == set()


def test_item_04_roles_hold_the_least(settings: Settings) -> None:
    roles = {role["name"]: role for role in hub_roles(settings)}
    assert all(scope.endswith(("!user", "!service=portal")) for scope in roles["user"]["scopes"])
    for name, role in roles.items():
        assert len(name) >= 3
        broad = {"self", "admin:servers", "tokens", "shares", "access:servers", "admin:groups", "shutdown", "inherit"}
        assert not broad & set(role["scopes"]), name
    assert "access:servers" not in roles["operator"]["scopes"], "the operator opens nobody's server"


def test_item_04_idle_servers_are_culled_after_the_set_time(settings: Settings) -> None:
    culler = next(one for one in hub_services(settings, ensure_secrets(settings.home)) if one["name"] == "idle-culler")
    assert f"--timeout={settings.server_idle_minutes * 60}" in culler["command"]
    assert "--pdeathsig=TERM" in culler["command"]


def test_jupyterlab_saves_within_seconds_and_speaks_the_sites_language() -> None:
    given = lab_settings("zh-CN")
    saving = given["@jupyterlab/docmanager-extension:plugin"]
    assert saving["autosave"] is True and 0 < saving["autosaveInterval"] <= 20
    assert given["@jupyterlab/translation-extension:plugin"]["locale"] == "zh_CN"


def test_a_room_gets_the_hubs_variables_and_nothing_of_the_platforms(settings: Settings) -> None:
    hub_env = {
        "JUPYTERHUB_API_URL": "http://127.0.0.1:20802/hub/api",
        "JUPYTERHUB_SERVICE_PREFIX": "/user/lin/",
        "SHUYUAN_DATABASE_URL": "sqlite:///secret.db",
        "PATH": "/root/bin",
    }
    env = room_env(settings, hub_env, "zh-CN")
    assert env["JUPYTERHUB_API_URL"] == "http://127.0.0.1:8081/hub/api"
    assert env["JUPYTERHUB_SERVICE_URL"] == "http://127.0.0.1:8888/user/lin/"
    assert "SHUYUAN_DATABASE_URL" not in env and "/root/bin" not in env["PATH"]
    assert str(settings.home) not in " ".join(env.values())


def test_a_room_holds_the_own_home_and_nothing_else_of_the_house(settings: Settings, tmp_path: Path) -> None:
    sandbox = server_sandbox(settings, home=tmp_path / "h", run=tmp_path / "r", env={}, uid=300001)
    writable = [mount.target for mount in sandbox.mounts if mount.writable]
    assert writable == [HOME]
    from_house = {mount.source for mount in sandbox.mounts if mount.source.is_relative_to(settings.home)}
    assert {path.name for path in from_house} == {"h", "hub.sock", "portal.sock", "overrides.json"}
    assert "/opt/shuyuan/courses/content" in sandbox.hide
    assert sandbox.limits.wall_s is None and sandbox.limits.processes == settings.server_processes


def test_the_first_account_is_made_once_and_logging_stays_ours(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    store = open_store(settings.database_url)
    migrate(store)
    store.close()
    ours = logging.getLogger("shuyuan.run")
    password = ensure_admin(settings)
    assert password and len(password) == 17
    assert first_password_file(settings.home).read_text().strip() == password
    assert stat.S_IMODE(first_password_file(settings.home).stat().st_mode) == 0o600
    assert ensure_admin(settings) is None
    assert not ours.disabled and "alembic" not in capfd.readouterr().err
    hub = (settings.home / "hub" / "hub.sqlite").read_bytes()
    assert password.encode() not in hub
    with pytest.raises(NotFound, match="no account 'nobody'"):
        reset_password(settings, "nobody")
