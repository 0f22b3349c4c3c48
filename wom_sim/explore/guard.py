"""Who may ask the page's server what: host, method, token, origin, and how much may be sent.

Every request passes here before anything is routed. The name in `Host` is what stops a foreign
site that has its own name point to this machine (DNS rebinding); token and cookie stop the other
users of this machine; `Origin`, content type and a second token stop other pages in the same
browser.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 4096
"""Longest body; a wish takes some 60 bytes."""
PATIENCE = 5.0
"""Seconds in which a body must have come."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SECOND = "x-wom-sim"
"""Header of a POST that holds the second token, which only a page of this server can read."""
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Lets through to `app` only what comes from the page that this server has given out."""

    def __init__(self, app: ASGIApp, port: int, *, exposed: bool = False) -> None:
        self._app, self._port, self._exposed = app, port, exposed
        self.token, self.second = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.cookie = f"wom_sim_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is refused; pass the rest on, with its body read and measured."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        # Names are compared in small letters; of a header given twice neither counts.
        given: dict[str, str] = {}
        for raw, value in scope["headers"]:
            key = raw.decode("latin-1").lower()
            given[key] = "" if key in given else value.decode("latin-1")
        refusal = self._refusal(scope, given)
        if refusal:
            await _say(send, *refusal)
        elif self._enters(scope):
            await self._let_in(send)
        elif not self._is_known(given):
            await _say(send, 403, "open the address that the terminal shows")
        elif scope["method"] == "POST":
            await self._read(scope, receive, send, given)
        else:
            await self._app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope, given: Mapping[str, str]) -> tuple[int, str] | None:
        """Why a request is not even looked at."""
        if not self.is_ours(given.get("host", "")):
            return 421, "this server has another name"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "only GET and POST"
        if scope["method"] != "POST":
            return None
        if given.get("origin") != f"http://{given['host']}":
            return 403, "of another origin"
        if given.get("content-type", "").split(";")[0].strip() != "application/json":
            return 415, "only application/json"
        if not hmac.compare_digest(given.get(SECOND, "").encode(), self.second.encode()):
            return 403, "not from the page"
        return None

    def is_ours(self, host: str) -> bool:
        """Whether a `Host` names this server: the loopback, or any address where it is exposed."""
        if host in [f"{name}:{self._port}" for name in LOOPBACK]:
            return True
        name, _, port = host.rpartition(":")
        if not self._exposed or port != str(self._port):
            return False
        try:
            # A name can be made to point here by whoever owns it; an address cannot.
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    def _enters(self, scope: Scope) -> bool:
        if scope["path"] != "/" or scope["method"] != "GET":
            return False
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        return hmac.compare_digest(asked[0].encode(), self.token.encode())

    async def _let_in(self, send: Send) -> None:
        """Give the token as a cookie, and send the browser to the address without it."""
        cookie = f"{self.cookie}={self.token}; HttpOnly; SameSite=Strict; Path=/"
        await _say(send, 303, "", {"location": "/", "set-cookie": cookie})

    def _is_known(self, given: Mapping[str, str]) -> bool:
        try:
            held = SimpleCookie(given.get("cookie", "")).get(self.cookie)
        except CookieError:
            return False
        return held is not None and hmac.compare_digest(held.value.encode(), self.token.encode())

    async def _read(
        self, scope: Scope, receive: Receive, send: Send, given: Mapping[str, str]
    ) -> None:
        length = given.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length[:9]) > MOST_BYTES:
            await _say(send, 413, f"at most {MOST_BYTES} bytes")
            return
        try:
            body = await asyncio.wait_for(_body(receive), PATIENCE)
        except TimeoutError:
            await _say(send, 408, "too slow", {"connection": "close"})
            return
        if body is None:
            await _say(send, 413, f"at most {MOST_BYTES} bytes", {"connection": "close"})
            return
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, replay, _with_headers(send))


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where it is longer than it may be."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *_raw(HEADERS)]
        await send(message)

    return wrapped


async def _say(
    send: Send, status: int, text: str, more: Mapping[str, str] | None = None
) -> None:
    headers = {"content-type": "text/plain; charset=utf-8", **HEADERS, **(more or {})}
    body = text.encode()
    raw = [*_raw(headers), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _raw(headers: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
