"""Prepare an uploaded logo: decode it and write it anew, in a thread of its own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from branding import logo
from branding.context import Context
from branding.domain.portal import SetLogo

_DECODERS: Final = ThreadPoolExecutor(2, "logo")
"""A picture takes up to 64 MB while it is decoded, so only two are at once."""


@dataclass(frozen=True, slots=True)
class LogoUpload:
    """A picture as it was sent."""

    business_id: str
    content: bytes


async def prepare_logo(_: Context, upload: LogoUpload) -> SetLogo:
    """The command that sets the logo. Raises `UnusableLogo`."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_DECODERS, logo.prepare, upload.business_id, upload.content)
