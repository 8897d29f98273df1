"""nbgrader on a learner's server: the exchange is the portal. Read by JupyterLab's Assignment List as /etc/jupyter/nbgrader_config.py.

Rule: units lie in ~/courses/<course>/<unit>/; the address and the token come from the server's environment.
"""

from pathlib import Path

c = get_config()  # type: ignore[name-defined]  # noqa: F821

root = Path.home() / "courses"
root.mkdir(exist_ok=True)

c.Exchange.assignment_dir = str(root)
c.Exchange.timezone = "UTC"
for action, name in {
    "exchange": "Exchange",
    "fetch_assignment": "ExchangeFetchAssignment",
    "fetch_feedback": "ExchangeFetchFeedback",
    "release_assignment": "ExchangeReleaseAssignment",
    "release_feedback": "ExchangeReleaseFeedback",
    "list": "ExchangeList",
    "submit": "ExchangeSubmit",
    "collect": "ExchangeCollect",
}.items():
    c.ExchangeFactory[action] = f"courses.exchange.plugin.{name}"
