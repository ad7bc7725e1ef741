"""The HTTP door: today health and metrics; editors' and admins' pages stand here too."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI

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


@contextlib.asynccontextmanager
async def served(web: FastAPI, bind: str) -> AsyncIterator[int]:
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
