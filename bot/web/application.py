"""The HTTP door: health and metrics for machines, the console for people."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from bot.settings import Settings
from bot.web.fence import Fence, host_of
from bot.web.tries import is_loopback

log = structlog.get_logger()

START_WITHIN_S = 10.0


class WebError(Exception):
    """The HTTP door could not be opened. The message names the setting."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the service itself decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def application(*routers: APIRouter) -> FastAPI:
    """Return the web application with these routes and no pages of its own making."""
    web = FastAPI(title="mediawatch", docs_url=None, redoc_url=None, openapi_url=None)
    for router in routers:
        web.include_router(router)
    return web


def fenced(web: FastAPI, settings: Settings) -> Fence:
    """Return the application behind its fence: asked under our own names alone, with headers on every answer."""
    host = settings.http_bind.rpartition(":")[0].strip("[]")
    return Fence(
        GZipMiddleware(web, minimum_size=1_000), (host_of(settings.http_url), settings.http_bind.lower()),
        loopback_only=is_loopback(host) or host == "localhost",
    )  # fmt: skip


@contextlib.asynccontextmanager
async def served(web: ASGIApp, bind: str) -> AsyncIterator[int]:
    """Serve `web` at HOST:PORT while the block runs; yield the port (port 0 takes a free one).

    Raises WebError where the address can't be had.
    """
    host, _, port = bind.rpartition(":")
    config = uvicorn.Config(
        web, host=host.strip("[]"), port=int(port), log_config=None, access_log=False, lifespan="off",
        server_header=False, timeout_graceful_shutdown=2, proxy_headers=False,
    )  # fmt: skip
    server = _Server(config)
    try:
        listener = config.bind_socket()
        # SO_REUSEADDR lets two sockets bind; only listening tells that the place is taken.
        listener.listen()
    except (OSError, SystemExit) as error:
        raise WebError(f"MEDIAWATCH_HTTP_BIND: can't listen at {bind} ({error}); is it in use?") from error
    task = asyncio.create_task(server.serve(sockets=[listener]), name="web")
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task}, timeout=4)
        listener.close()
