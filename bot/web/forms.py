"""What a browser sent: fields of a form, read with bounds."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

LARGEST_BODY = 4_000_000
MOST_FIELDS = 500


class BadForm(Exception):
    """A body that is no form of ours, or too large. `status` is what to answer with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form as sent by a page of ours; of fields with one name the last. Raises BadForm."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise BadForm(413, f"more than {LARGEST_BODY:,} bytes")
    if not body:
        return {}
    if kind != "application/x-www-form-urlencoded":
        raise BadForm(415, "expected the fields of a form")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise BadForm(400, "the form can't be read") from error
    # A browser sends line ends as CR LF; texts are kept with LF.
    return {name: value.replace("\r\n", "\n").replace("\x00", "") for name, value in pairs}
