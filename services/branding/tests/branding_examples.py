"""What tests of branding say and send: one business in a few lines, and pictures of any kind."""

import io

import msgspec
from branding.domain.portal import Command, ReviseBranding, SetLogo, SquareIcon, decide
from branding.domain.published_file import PublishedFile
from branding.http.body import read_branding
from chassis.settings.integration_keys import new_integration_key
from PIL import Image
from servicehub_events import Business, as_event

KEY = new_integration_key("servicehub-core", ["settings"])


def body(**changes: object) -> dict[str, object]:
    """A valid body of a PUT, some fields changed; a field set to `...` is left out."""
    fields: dict[str, object] = {
        "slug": "hikari",
        "name": "ひかり清掃",
        "primary_colour": "#1E7B57",
        "locales": ["ja", "en"],
        "default_locale": "ja",
        "time_zone": "Asia/Tokyo",
        "currency": "JPY",
        "country": "JP",
        "support": {"phone": "+81312345678"},
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not ...}


def revise(business_id: str = "b1", *, proof: str = "", **changes: object) -> ReviseBranding:
    return read_branding(msgspec.json.encode(body(**changes)), business_id, proof)


def set_logo(content: bytes = b"webp") -> SetLogo:
    logo, mail, share = (
        PublishedFile(*name, content) for name in (("logo", "webp"), ("mail-logo", "png"), ("share", "png"))
    )
    icon = SquareIcon(PublishedFile("icon-192", "png", content), 192, "any")
    return SetLogo(
        business_id="b1", picture=logo, width=320, height=80, mail=mail, share=share, icons=(icon,)
    )


def after(*commands: Command) -> Business | None:
    """The state that commands, one after another, lead to."""
    state: Business | None = None
    for command in commands:
        for event in decide(command, state):
            state = as_event(Business, event)
    return state


def picture(kind: str = "PNG", size: tuple[int, int] = (1024, 256), mode: str = "RGBA") -> bytes:
    """Green and white halves, so that it has no ground of its own."""
    file, image = io.BytesIO(), Image.new("RGB", size, "#1e7b57")
    image.paste("white", (size[0] // 2, 0, *size))
    image.convert(mode).save(file, kind)
    return file.getvalue()
