"""Who may ask for the planner's page, and what a browser may do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Lets in only this computer's own browser on this page.

    A web site elsewhere may make a browser ask for an address of this computer, under a name of its
    own (so the host is checked) or with a form of its own (so the origin is checked).

    Parameters
    ----------
    app : ASGI application
    hosts : frozenset of str
        With the port.

    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse, with security headers either way."""
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        app = self._app if refusal is None else PlainTextResponse(refusal, 403)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await app(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        if headers.get("host", "").lower() not in self._hosts:
            return f"This page is only served at http://{min(self._hosts)}/."
        if method in {"GET", "HEAD"}:
            return None
        origin = headers.get("origin")
        elsewhere = headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
        if elsewhere or (origin is not None and origin not in self._origins()):
            return "A form of another page cannot be sent here."
        return None

    def _origins(self) -> set[str]:
        return {f"http://{host}" for host in self._hosts}
