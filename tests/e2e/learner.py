"""A learner without a browser: the same forms and the same API that a browser uses."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx

PASSWORD = "moon over the lotus pond"


class Learner:
    """Signs up at the hub and signs in at the portal."""

    def __init__(self, url: str, account: str = "") -> None:
        self.account = account or f"learner-{uuid.uuid4().hex[:8]}"
        self.client = httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=60)
        self.client.headers["Accept-Language"] = "en"

    def __enter__(self) -> Learner:
        fields = {"username": self.account, "name": "", "age_band": "adult", "password": PASSWORD, "confirmation": PASSWORD}
        answer = self._form("/hub/signup", fields)
        assert answer.status_code == 200, answer.text
        assert "/login" not in str(self.client.get("/login", params={"next": "/my/"}).url)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def _form(self, path: str, fields: dict[str, str]) -> httpx.Response:
        found = re.search(r'name="_xsrf" value="([^"]+)"', self.client.get(path).text)
        assert found, path
        return self.client.post(path, data={"_xsrf": found[1], **fields})

    def join(self, course: str, code: str) -> None:
        """Join through the course page's form."""
        page = self.client.get(f"/courses/{course}")
        form = re.search(r'<form[^>]*action="([^"]*join[^"]*)"[^>]*>(.*?)</form>', page.text, re.S)
        assert form, page.text[:3000]
        fields = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form[2]))
        answer = self.client.post(form[1], data={**fields, "code": code})
        assert answer.status_code == 200, answer.text

    def api(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A call of the portal's API, as a page of the portal makes it."""
        return self.client.request(method, f"/api/v1{path}", headers={"Origin": str(self.client.base_url).rstrip("/")}, **more)

    def release(self, course: str, assignment: str, language: str = "en") -> dict[str, str]:
        """The released files, base64 by name."""
        answer = self.api("GET", f"/courses/{course}/assignments/{assignment}/release", params={"language": language})
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["files"])

    def submit(self, course: str, assignment: str, files: dict[str, str], language: str = "en") -> httpx.Response:
        """Hand in."""
        return self.api("POST", f"/courses/{course}/assignments/{assignment}/attempts", json={"language": language, "files": files})

    def attempt(self, attempt: str) -> dict[str, Any]:
        """What the API says of one attempt."""
        answer = self.api("GET", f"/attempts/{attempt}")
        answer.raise_for_status()
        return dict(answer.json())
