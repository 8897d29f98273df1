"""The apps process for tests, as a process of its own: with the portal's style files and a place that writes down visits."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request

from commons.settings import load_settings
from portal.apps import create_apps_app
from portal.web.static import static_router

VISITS = "visits.jsonl"


def take_visits(app: FastAPI, file: Path) -> None:
    """Answer POST /api/v1/records and append each record to `file`."""

    async def take(request: Request) -> dict[str, int]:
        told = (await request.json())["records"]
        with file.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(one) + "\n" for one in told)
        return {"added": len(told)}

    app.add_api_route("/api/v1/records", take, methods=["POST"], status_code=201)


def main(home: Path, port: int) -> None:
    app = create_apps_app(load_settings({"SHUYUAN_HOME": str(home), "SHUYUAN_PORT": str(port)}))
    app.include_router(static_router())
    take_visits(app, home / VISITS)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
