"""One table of settings: name, default and help. Command line, environment, file, docs and validation derive from it.

A value comes from the environment (`SHUYUAN_<NAME>`), else from the TOML file (`SHUYUAN_CONFIG`, default
`<home>/shuyuan.toml`), else from the table. Nothing is read at import: `load_settings` is given the environment.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from commons.errors import Faults
from commons.languages import LANGUAGES
from commons.places import ROOT

__all__ = ["TABLE", "Setting", "Settings", "load_settings", "settings_page"]


@dataclass(frozen=True)
class Setting:
    """One row of the table. `default` is what the docs print; "" means that it follows from other settings. `told` writes a value as
    `read` reads it.
    """

    name: str
    read: Callable[[str], Any]
    default: str
    help: str
    told: Callable[[Any], str] = str


def _whole(text: str) -> int:
    if not text.strip().lstrip("+-").isdigit():
        raise ValueError("a whole number")
    return int(text)


def _port(text: str) -> int:
    port = _whole(text)
    if not 0 < port < 65536:
        raise ValueError("a port is between 1 and 65535")
    return port


def _positive(text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise ValueError("a whole number from 1")
    return number


def _hour(text: str) -> int:
    if text.strip() == "off":
        return -1
    hour = _whole(text)
    if not 0 <= hour < 24:
        raise ValueError("an hour from 0 to 23, or off")
    return hour


def _told_hour(hour: int) -> str:
    return "off" if hour < 0 else str(hour)


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError(f"one of {', '.join(LANGUAGES)}")
    return text


def _account(text: str) -> str:
    if not (text.isascii() and text.replace("-", "").isalnum() and text == text.lower() and len(text) <= 30):
        raise ValueError("small letters, digits and single hyphens, at most 30")
    return text


TABLE: tuple[Setting, ...] = (
    Setting("home", Path, "var", "Folder for everything written at run time."),
    Setting("database_url", str, "", "Where records, attempts and marks are kept: an SQLAlchemy URL. Default: SQLite in the home folder; "
            "`postgresql+psycopg://…` for a server."),
    Setting("host", str, "127.0.0.1", "Address the platform answers on. Put a TLS proxy before it when it is not a loopback address."),
    Setting("port", _port, "8000", "Port the platform answers on."),
    Setting("public_url", str, "", "Address people type, where it differs from http://host:port (behind a TLS proxy, say)."),
    Setting("proxy_api_port", _port, "8001", "Loopback port of the proxy's own API."),
    Setting("hub_port", _port, "8002", "Loopback port of the hub."),
    Setting("portal_port", _port, "8003", "Loopback port of the portal."),
    Setting("apps_port", _port, "8004", "Loopback port of the tours and Panel apps."),
    Setting("teacher", _account, "teacher", "Account of the first teacher and operator, made at the first start."),
    Setting("language", _language, "zh-CN", "Language for people who have not chosen one."),
    Setting("kernels_env", Path, ".venv-kernels", "Virtual environment of the learners' servers, kernels and grading."),
    Setting("data", Path, "../shared/data", "Folder with data for benchmarks and tests; what needs it is skipped where it is absent."),
    Setting("workers", _positive, "2", "Grading jobs at once."),
    Setting("server_memory_mb", _positive, "4096", "Address space of one process on a learner's server, in MiB."),
    Setting("server_processes", _positive, "256", "Processes and threads of one learner's server."),
    Setting("server_open_files", _positive, "4096", "Open files of one process on a learner's server."),
    Setting("server_file_mb", _positive, "512", "Largest file on a learner's server, in MiB."),
    Setting("server_tmp_mb", _positive, "256", "Size of /tmp and of /dev/shm on a learner's server, in MiB each."),
    Setting("server_idle_minutes", _positive, "60", "A learner's server that nobody used for so long is stopped; the files stay."),
    Setting("server_start_seconds", _positive, "60", "A learner's server that is not ready by then counts as failed."),
    Setting("server_free_disk_mb", _positive, "200", "No server is started with less free disk in the home folder, in MiB."),
    Setting("grade_seconds", _positive, "120", "Longest time for running one submission."),
    Setting("grade_memory_mb", _positive, "2048", "Memory for running one submission, in MiB."),
    Setting("text_model", str, "", "Folder of a Hugging Face model for text vectors (safetensors). Default: the embedded model."),
    Setting("train_hour", _hour, "3", "Hour (0 to 23, this machine's time) in which the recommender learns from new records; "
            "`off`: only by command.", _told_hour),
    Setting("voice", str, "", "Program that reads tours aloud when they are built: text on standard input, WAV on standard output, "
            "`{language}` put in. Default: espeak-ng; `off`: none."),
    Setting("help_line", str, "", "Telephone number or address for help, shown in large-type mode."),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """The settings as values. Paths are absolute; the fields are those of TABLE, in its order."""

    home: Path
    database_url: str
    host: str
    port: int
    public_url: str
    proxy_api_port: int
    hub_port: int
    portal_port: int
    apps_port: int
    teacher: str
    language: str
    kernels_env: Path
    data: Path
    workers: int
    server_memory_mb: int
    server_processes: int
    server_open_files: int
    server_file_mb: int
    server_tmp_mb: int
    server_idle_minutes: int
    server_start_seconds: int
    server_free_disk_mb: int
    grade_seconds: int
    grade_memory_mb: int
    text_model: str
    train_hour: int
    voice: str
    help_line: str

    def environment(self) -> dict[str, str]:
        """These settings as a process that is started gets them: read there, they are the same."""
        told = {setting.name: setting.told(getattr(self, setting.name)) for setting in TABLE}
        return {f"SHUYUAN_{name.upper()}": text for name, text in told.items() if text}

    @property
    def address(self) -> str:
        """The address people type, without a slash at its end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"


def load_settings(env: Mapping[str, str], file: Path | None = None) -> Settings:
    """The settings of this run. Raises Faults with every unknown name and every value that cannot be read, each with its place."""
    home = _absolute(Path(env.get("SHUYUAN_HOME") or _default("home")))
    file = file or Path(env.get("SHUYUAN_CONFIG") or home / "shuyuan.toml")
    written, faults = _written(file)
    values: dict[str, Any] = {}
    for setting in TABLE:
        name = "SHUYUAN_" + setting.name.upper()
        text, place = (env[name], name) if env.get(name) else (written.get(setting.name, setting.default), str(file))
        try:
            values[setting.name] = setting.read(text) if text else ""
        except ValueError as error:
            faults.append(f"{place}: {setting.name} is {text!r}, wanted: {error}")
    if faults:
        raise Faults(faults, where="settings", next="See docs/settings.md.")
    paths = {name: _absolute(value) for name, value in values.items() if isinstance(value, Path)}
    url = values["database_url"] or f"sqlite:///{paths['home'] / 'shuyuan.db'}"
    return Settings(**values | paths | {"database_url": url})


def settings_page() -> str:
    """docs/settings.md, made from the table."""
    rows = [
        f"| `SHUYUAN_{s.name.upper()}` | `{s.name}` | {f'`{s.default}`' if s.default else '–'} | {s.help} |"
        for s in TABLE
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Made from the table in `commons/settings.py` by `shuyuan settings --page`. A value comes from the environment, else",
            "from the TOML file (`SHUYUAN_CONFIG`, by default `shuyuan.toml` in the home folder), else it is the default.",
            "",
            "| environment | in the file | default | what it is |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _default(name: str) -> str:
    return next(setting.default for setting in TABLE if setting.name == name)


def _absolute(path: Path) -> Path:
    return path if path.is_absolute() else (ROOT / path).resolve()


def _written(file: Path) -> tuple[dict[str, str], list[str]]:
    if not file.exists():
        return {}, []
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return {}, [f"{file}: {error}"]
    names = [field.name for field in fields(Settings)]
    faults = []
    for name in table.keys() - set(names):
        near = difflib.get_close_matches(name, names, 1)
        faults.append(f"{file}: no setting is called {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
    return {name: str(value) for name, value in table.items() if name in names}, faults
