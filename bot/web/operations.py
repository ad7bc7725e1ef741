"""Health, readiness and metrics, for this machine or for whoever shows the token."""

from __future__ import annotations

import hmac
import ipaddress

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from bot.metrics import Metrics, Pulse


def operations(metrics: Metrics, pulse: Pulse, token: str) -> APIRouter:
    """Return the routes /healthz, /readyz and /metrics; none of them touches the database."""

    def known(request: Request) -> None:
        if not _may_ask(request, token):
            raise HTTPException(403, "only from this machine, or with the token of MEDIAWATCH_HTTP_TOKEN")

    router = APIRouter(dependencies=[Depends(known)])

    @router.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def ready() -> JSONResponse:
        silent = {loop: round(seconds) for loop, seconds in pulse.silent().items()}
        return JSONResponse(
            {"status": "silent" if silent else "ready", "silent_for_s": silent}, status_code=503 if silent else 200
        )

    @router.get("/metrics")
    async def measure() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def _may_ask(request: Request, token: str) -> bool:
    """A proxy on this machine speaks for strangers: a forwarded request needs the token too."""
    sent = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if token and hmac.compare_digest(sent.encode(), token.encode()):
        return True
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    return not forwarded and request.client is not None and _is_loopback(request.client.host)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
