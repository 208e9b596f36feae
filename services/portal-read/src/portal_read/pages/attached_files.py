"""Photos and documents of an appointment: those that this contact may see, and where they lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from chassis.words.catalogue import N_
from servicehub_events import Appointment, AttachedFile

from portal_read.pages.context import PageContext
from portal_read.pages.html import from_origin, web_link, web_name
from portal_read.pages.language import Language

_KINDS: Final[Mapping[str, str]] = {
    "photo": N_("Photo"),
    "document": N_("Document"),
    "report": N_("Report"),
    "certificate": N_("Certificate"),
    "plan": N_("Plan"),
}


@dataclass(frozen=True, slots=True)
class FileLink:
    """`picture` is set when the page may show the photo itself; `about` says what it is and where it lies."""

    url: str
    title: str
    about: str
    icon: str
    picture: str | None


def attached_files(ctx: PageContext, language: Language, appointment: Appointment) -> Sequence[FileLink]:
    """In the order of the event."""
    zone = ZoneInfo(appointment.window.time_zone)
    seen = [file for file in appointment.attachments if _may_see(ctx, file) and web_link(file.url)]
    return [_link(ctx, language, file, zone) for file in seen]


def _may_see(ctx: PageContext, file: AttachedFile) -> bool:
    return file.roles is None or any(ctx.may_see(role) for role in file.roles)


def _link(ctx: PageContext, language: Language, file: AttachedFile, zone: ZoneInfo) -> FileLink:
    kind = language.words.gettext(_KINDS.get(file.kind, N_("File")))
    day = language.format.short(file.added_at.astimezone(zone).date()) if file.added_at else ""
    parts = [part for part in (kind, day, web_name(file.url)) if part]
    photo = file.kind == "photo"
    return FileLink(
        url=file.url,
        title=file.title or kind,
        about=("・" if language.format.japanese else ", ").join(parts),
        icon="photo" if photo else "file",
        picture=file.url if photo and from_origin(file.url, ctx.image_origin) else None,
    )
