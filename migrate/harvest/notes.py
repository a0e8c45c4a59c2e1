"""What the WARC files say besides the answers, so that the ledger can be rebuilt from them alone.

Each file and each run begins with a warcinfo record that tells how the capture was begun and what the run was allowed;
a URL that gave no answer gets a metadata record; so do bad TLS that was put up with, and the end of a capture.
"""

import json
from collections.abc import Mapping
from typing import Any

from migrate import __version__
from migrate.archive.exchanges import Note
from migrate.archive.recovery import FINISHED
from migrate.config import SiteConfig
from migrate.harvest.captures import Ending, Opening
from migrate.harvest.scope import Allowed
from migrate.http import Fault, Response
from migrate.records import to_json
from migrate.urls import host_of

_LOST = "fetchError"
_STOPPED_BY = "stoppedBy"
_FAULT = "tlsFault"
_ASKED = "browserRequest"


def warc_info(site: SiteConfig, opening: Opening, allowed: Allowed) -> dict[str, str]:
    """Return what each warcinfo record of a run says."""
    return {
        "software": f"shangyi {__version__}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": site.site.id,
        "description": f"{opening.kind} capture {opening.stamp} of {site.site.url}",
        **opening_fields(opening, allowed),
    }


def opening_fields(opening: Opening, allowed: Allowed) -> dict[str, str]:
    """Return what a warcinfo record says of the capture and the run."""
    return {
        "capture": opening.stamp,
        "kind": opening.kind,
        "started": opening.started_at,
        "settings": opening.settings,
        "allowed": to_json(allowed._asdict()),
    }


def opening_of(note: Note) -> tuple[Opening, Allowed] | None:
    """Return what `opening_fields` wrote, or None where a note is another one."""
    fields = note.fields
    try:
        opening = Opening(fields["capture"], fields["kind"], fields["started"], fields["settings"])
        allowed: dict[str, Any] = json.loads(fields["allowed"])
    except KeyError:
        return None
    lists = {name: tuple(allowed[name]) for name in ("exclude", "aliases")}
    return opening, Allowed(**allowed | lists)


def lost_fields(response: Response, form: str) -> dict[str, str]:
    """Return what is written of a URL that gave no answer, or one too large to keep."""
    return {_LOST: response.error, "status": str(response.status)} | ({"form": form} if form else {})


def lost_of(note: Note) -> tuple[Response, str] | None:
    """Return (answer, form) that `lost_fields` wrote down, or None where a note is another one."""
    fields: Mapping[str, str] = note.fields
    if _LOST not in fields:
        return None
    status = fields.get("status", "")
    response = Response(note.url, int(status) if status.isdecimal() else 0, started_at=note.date, error=fields[_LOST])
    return response, fields.get("form", "")


def asked_fields(url: str, form: str) -> dict[str, str]:
    """Return what is written of a request that a page in the browser makes, and that nothing else named before."""
    return {_ASKED: url} | ({"form": form} if form else {})


def asked_of(note: Note) -> tuple[str, str] | None:
    """Return (URL, form) that `asked_fields` wrote down, or None where a note is another one."""
    return (note.fields[_ASKED], note.fields.get("form", "")) if _ASKED in note.fields else None


def finished_fields(ending: Ending) -> dict[str, str]:
    """Return what is written when a capture is finished."""
    return {FINISHED: ending.moment.isoformat(timespec="seconds"), _STOPPED_BY: ending.stopped_by}


def ending_of(note: Note) -> Ending | None:
    """Return what `finished_fields` wrote, or None where a note is another one."""
    return Ending(note.date, note.fields.get(_STOPPED_BY, "limit")) if FINISHED in note.fields else None


def fault_fields(fault: Fault) -> dict[str, str]:
    """Return what is written of bad TLS that was put up with."""
    return {_FAULT: fault.code, "detail": fault.detail}


def fault_of(note: Note) -> Fault | None:
    """Return what `fault_fields` wrote down about the host of the note's URL, or None where a note is another one."""
    code = note.fields.get(_FAULT)
    return Fault(host_of(note.url), code, note.fields.get("detail", "")) if code else None
