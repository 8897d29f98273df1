"""The two configuration files of a learner's server, as text, for whoever writes them into one.

Rule: the text is that of the files beside this module; there is no second version of it.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["config_text", "server_config_text"]


def config_text() -> str:
    """The content of /etc/jupyter/nbgrader_config.py."""
    return (Path(__file__).parent / "nbgrader_config.py").read_text(encoding="utf-8")


def server_config_text() -> str:
    """The content of /etc/jupyter/jupyter_server_config.py."""
    return (Path(__file__).parent / "jupyter_server_config.py").read_text(encoding="utf-8")
