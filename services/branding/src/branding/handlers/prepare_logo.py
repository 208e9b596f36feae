"""Prepare an uploaded logo: decode it and write it anew, in a thread of its own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from branding.context import Context
from branding.logo import PreparedLogo, prepare

_DECODERS: Final = ThreadPoolExecutor(2, "logo")
"""A picture takes up to 64 MB while it is decoded, so only two are at once."""


@dataclass(frozen=True, slots=True)
class LogoUpload:
    """A picture as it was sent."""

    business_id: str
    content: bytes


async def prepare_logo(_: Context, upload: LogoUpload) -> PreparedLogo:
    """The command that sets the logo, and what to say about it. Raises `UnusableLogo`."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_DECODERS, prepare, upload.business_id, upload.content)
