"""The supervisor's parts are told where everything is: Node may come from the set-up's own folder, and not be on the PATH."""

from __future__ import annotations

from pathlib import Path

import pytest

from commons.settings import load_settings
from portal.run.parts import parts


def test_node_of_the_set_up_serves_where_the_machine_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "root" / ".node" / "bin"
    own.mkdir(parents=True)
    (own / "node").write_text("#!/bin/sh\n")
    (own / "node").chmod(0o755)
    monkeypatch.setattr("portal.run.parts.ROOT", tmp_path / "root")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    settings = load_settings({"SHUYUAN_HOME": str(tmp_path / "home")})
    found = parts(settings, {"PATH": str(tmp_path / "empty")}, routes=lambda starts: None)
    proxy = next(part for part in found if part.name == "proxy")
    assert str(own) in proxy.env["PATH"]
    assert proxy.argv[0] == str(own / "node")


def test_no_secret_is_in_an_argument_and_nothing_is_downloaded(tmp_path: Path) -> None:
    from hub_config.secrets import ensure_secrets

    settings = load_settings({"SHUYUAN_HOME": str(tmp_path / "home")})
    secrets = vars(ensure_secrets(settings.home)).values()
    for part in parts(settings, {"PATH": "/usr/bin:/bin"}, routes=lambda starts: None):
        assert not any(secret in word for secret in secrets for word in part.argv), part.name
        assert part.env["HF_HUB_OFFLINE"] == "1" and part.env["SHUYUAN_HOME"] == str(settings.home)
