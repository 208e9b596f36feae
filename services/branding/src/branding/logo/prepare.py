"""A logo as it was uploaded becomes small clean files, and what there is to say about it.

Nothing of the upload is served: pixels are decoded, scaled and written anew, so that no metadata, trailing
bytes or script travel along. Blocking and heavy: run it in a thread.
"""

from typing import NamedTuple

from branding.domain.portal import SetLogo
from branding.logo import pictures
from branding.logo.artwork import look_at
from branding.logo.decode import decoded
from branding.logo.warnings import LogoWarning, warnings


class PreparedLogo(NamedTuple):
    """The command that sets the logo, and what will not look well."""

    command: SetLogo
    warnings: tuple[LogoWarning, ...]


def prepare(business_id: str, upload: bytes) -> PreparedLogo:
    """Decode, look at it and write anew. Raises `UnusableLogo`, which says what to send instead."""
    art = look_at(decoded(upload))
    art.image.info = {}
    picture, (width, height) = pictures.page_picture(art)
    command = SetLogo(
        business_id=business_id,
        picture=picture,
        width=width,
        height=height,
        mail=pictures.mail_picture(art),
        share=pictures.share_picture(art),
        icons=pictures.icons(art),
    )
    return PreparedLogo(command, warnings(*art.image.size, art.seen))
