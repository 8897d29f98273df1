"""The portal as the learner's server sees it: JSON over HTTP with the server's own token.

Rule: every failure becomes one ExchangeTrouble whose words a learner understands; nothing is retried but reading, and a
hand-in, which the portal answers the same way twice. It knows paths of the API and nothing of files on the disk.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

__all__ = ["ExchangeTrouble", "NoAnswer", "Portal"]

TIMEOUT_S = 30
TRIES = 3
NOT_THERE = (502, 503, 504)


class ExchangeTrouble(Exception):
    """What went wrong, in words for the learner."""


class NoAnswer(ExchangeTrouble):
    """The portal cannot be reached, or what stands before it says so."""

    def __init__(self) -> None:
        super().__init__("The portal does not answer. Your files are safe here; try again in a minute.")


class Portal:
    """One portal and one token. `address` is its root, without a slash at the end."""

    def __init__(self, address: str, token: str, *, wait_s: float = 0.5) -> None:
        self.address, self.token, self.wait_s = address.rstrip("/"), token, wait_s

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> Portal:
        """The portal that SHUYUAN_PORTAL_URL and JUPYTERHUB_API_TOKEN name. Raises ExchangeTrouble without them."""
        found = os.environ if env is None else env
        address, token = found.get("SHUYUAN_PORTAL_URL", ""), found.get("JUPYTERHUB_API_TOKEN", "")
        if not address or not token:
            raise ExchangeTrouble("This server does not know its portal (SHUYUAN_PORTAL_URL, JUPYTERHUB_API_TOKEN).")
        return cls(address, token)

    def courses(self) -> list[str]:
        """The ids of the courses that the learner is in."""
        return sorted(str(one["id"]) for one in self._get("/me")["courses"])

    def assignments(self, course: str) -> list[dict[str, Any]]:
        """What is released in a course."""
        return list(self._get(f"/courses/{quote(course)}/assignments"))

    def release(self, course: str, assignment: str, language: str) -> dict[str, bytes]:
        """The files of the newest release."""
        path = f"/courses/{quote(course)}/assignments/{quote(assignment)}/release?language={quote(language)}"
        return _decoded(self._get(path)["files"])

    def submit(self, course: str, assignment: str, language: str, files: Mapping[str, bytes]) -> dict[str, Any]:
        """Hand files in; what comes back says number, timestamp and how many attempts are left."""
        body = {"language": language, "files": {n: base64.b64encode(d).decode() for n, d in files.items()}}
        path = f"/courses/{quote(course)}/assignments/{quote(assignment)}/attempts"
        return dict(self._call("POST", path, json=body))

    def attempts(self, course: str, assignment: str) -> list[dict[str, Any]]:
        """What was handed in, newest first."""
        return list(self._get(f"/courses/{quote(course)}/assignments/{quote(assignment)}/attempts"))

    def attempt(self, attempt: str) -> dict[str, Any]:
        """One attempt with its score."""
        return dict(self._get(f"/attempts/{quote(attempt)}"))

    def attempt_files(self, attempt: str) -> dict[str, bytes]:
        """The files that were handed in."""
        return _decoded(self._get(f"/attempts/{quote(attempt)}/files")["files"])

    def feedback(self, attempt: str) -> bytes:
        """The feedback page of a graded attempt."""
        return bytes(self._call("GET", f"/attempts/{quote(attempt)}/feedback.html", raw=True))

    def _get(self, path: str) -> Any:
        return self._call("GET", path)

    def _call(self, method: str, path: str, *, raw: bool = False, **values: Any) -> Any:
        import requests

        url = f"{self.address}/api/v1{path}"
        headers = {"Authorization": f"token {self.token}", "Accept": "*/*" if raw else "application/json"}
        for left in reversed(range(TRIES)):
            try:
                answer = requests.request(method, url, headers=headers, timeout=TIMEOUT_S, **values)
            except requests.RequestException as error:
                if not left:
                    raise NoAnswer from error
            else:
                if answer.status_code not in NOT_THERE or not left:
                    return _read(answer, raw)
            time.sleep(self.wait_s)
        raise AssertionError("unreachable: the last try returns or raises")


def _read(answer: Any, raw: bool) -> Any:
    if answer.ok:
        return answer.content if raw else answer.json()
    try:
        error = answer.json()["error"]
        words = [str(error[key]) for key in ("message", "where", "next") if error.get(key)]
    except (ValueError, KeyError, TypeError):
        if answer.status_code in NOT_THERE:
            raise NoAnswer from None
        words = [f"The portal answered {answer.status_code}"]
    raise ExchangeTrouble(". ".join(word.rstrip(".") for word in words) + ".")


def _decoded(files: Mapping[str, str]) -> dict[str, bytes]:
    return {name: base64.b64decode(data) for name, data in files.items()}
