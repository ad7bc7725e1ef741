"""Serves what pages load besides themselves."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.assets import assets
from bot.web.door import Refused
from bot.web.roles import Page, Role
from bot.web.visit import Visit

KEPT_FOR_EVER = "public, max-age=31536000, immutable"


async def asset(visit: Visit) -> Response:
    """Return a file, packed where the browser can unpack it; one asked for by its mark never changes."""
    found = assets().get(visit.path("name"))
    if found is None:
        raise Refused(404, "There is nothing here.")
    headers = {"etag": f'"{found.mark}"', "vary": "accept-encoding"}
    headers["cache-control"] = KEPT_FOR_EVER if visit.asked("v") == found.mark else "no-cache"
    if visit.request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" in visit.request.headers.get("accept-encoding", ""):
        return Response(found.packed, headers=headers | {"content-encoding": "gzip"}, media_type=found.kind)
    return Response(found.body, headers=headers, media_type=found.kind)


PAGES = (Page("GET", "/static/{name}", Role.ANYBODY, asset),)
