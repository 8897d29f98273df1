"""Switches our own pages (open, reset, restore) on in a learner's server. Read as /etc/jupyter/jupyter_server_config.py.

Rule: it adds one extension and sets nothing else.
"""

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.ServerApp.jpserver_extensions.update({"courses.labext": True})
