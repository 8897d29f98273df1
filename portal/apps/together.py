"""The websocket of those who look together: /tours/<scene>/together. Small JSON messages, checked by vr_scenes' viewer and by us.

The rule kept here: a page of another site is refused before anything is read; a member who floods is first not heard, then put out.
"""

from __future__ import annotations

import asyncio
import contextlib
import json

from fastapi import APIRouter, WebSocket
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

from commons.errors import NotFound, ShuyuanError
from hub_config.lockout import address_of
from portal.apps.desk import Desk
from portal.apps.panel_mount import is_own_origin
from portal.apps.rooms import Bucket, Member, Room, Rooms, read_message
from portal.apps.visitor import Standing

__all__ = ["together_router"]

RATE, BURST = 12.0, 24.0
MOST_BYTES = 1024
MOST_DROPPED = 200
IDLE_S = 3 * 3600.0
POLICY = 1008  # RFC 6455: the message or its sender violates a rule


def together_router() -> APIRouter:
    """The one websocket of the tours."""
    router = APIRouter(include_in_schema=False)
    router.add_api_websocket_route("/tours/{scene}/together", together)
    return router


async def together(scene: str, socket: WebSocket) -> None:
    """Let a visitor into a room and stay until one side leaves."""
    desk, rooms = socket.app.state.desk, socket.app.state.rooms
    assert isinstance(desk, Desk) and isinstance(rooms, Rooms)
    headers = socket.headers
    if not is_own_origin(headers.get("origin", ""), headers.get("host", ""), desk.address):
        return await socket.close(POLICY, "another site's page")
    await socket.accept()
    try:
        await run_in_threadpool(desk.shelf.place, scene)
        room, member = await _entered(rooms, scene, socket, desk)
    except (ShuyuanError, SQLAlchemyError) as error:
        code = error.code if isinstance(error, ShuyuanError) else "unavailable"
        await socket.send_json({"refused": code})
        return await socket.close(POLICY, code)
    try:
        await _stay(socket, room, member)
    finally:
        rooms.leave(room, member)


async def _entered(rooms: Rooms, scene: str, socket: WebSocket, desk: Desk) -> tuple[Room, Member]:
    wanted, code = socket.query_params.get("as", ""), socket.query_params.get("code", "")
    if wanted not in ("lead", "pair", "follow"):
        raise NotFound("there is no such part to play", where="tours", next="Open the place's page again.")
    standing: Standing = await run_in_threadpool(desk.visitors.standing, socket)
    who = {"actor": standing.actor, "address": _address(socket)}
    if code:
        room = rooms.find(code, scene, who["address"])
    elif wanted == "follow":
        raise NotFound("a code is needed", where="tours", next="Ask for the code.")
    else:
        room = rooms.open(scene, "class" if wanted == "lead" else "pair", courses=standing.teaches, **who)
    return room, rooms.join(room, courses=standing.courses, **who)


async def _stay(socket: WebSocket, room: Room, member: Member) -> None:
    """Both ways at once; when one ends, the other does."""
    ways = [asyncio.create_task(_listen(socket, room, member)), asyncio.create_task(_speak(socket, member))]
    try:
        await asyncio.wait(ways, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        for way in ways:
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await way
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close()


async def _listen(socket: WebSocket, room: Room, member: Member) -> None:
    bucket, dropped = Bucket(RATE, BURST), 0
    while dropped < MOST_DROPPED:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text") or ""
        if not bucket.take() or not 0 < len(text) <= MOST_BYTES:
            dropped += 1
            continue
        try:
            found = read_message(json.loads(text))
        except (ValueError, RecursionError):
            found = {}
        dropped += not found
        if found:
            room.pass_on(member, found)


async def _speak(socket: WebSocket, member: Member) -> None:
    while True:
        await member.bell.wait()
        for message in member.take():
            await socket.send_json(message)


def _address(socket: WebSocket) -> str:
    """Whom limits count: the one our own proxy names."""
    return address_of(socket.headers.get("x-forwarded-for", ""))
