"""Branding's HTTP, with the bearer key."""

import httpx
import msgspec

from stand_in_servicehub.errors import BadInput, Unavailable
from stand_in_servicehub.profile import Profile

TIMEOUT_SECONDS = 10


class BrandingClient:
    """A client of branding; close it with `close`."""

    def __init__(self, url: str, api_key: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"{url}/branding/businesses",
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,  # it is on this machine: a proxy would only be in the way
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def put_business(self, profile: Profile) -> None:
        """Set name, colours, languages and the rest."""
        body = msgspec.json.encode(profile.portal)
        await self._send("PUT", f"/{profile.business_id}", body, "application/json")

    async def put_logo(self, business_id: str, png: bytes) -> None:
        """Set the logo."""
        await self._send("PUT", f"/{business_id}/logo", png, "image/png")

    async def switch(self, business_id: str, *, enabled: bool) -> None:
        """Switch the portal on or off."""
        await self._send("POST", f"/{business_id}/{'enable' if enabled else 'disable'}")

    async def _send(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> None:
        try:
            headers = {"Content-Type": content_type} if body else {}
            answer = await self._client.request(method, path, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable(f"Branding does not answer ({type(error).__name__}): is it running?") from None
        if answer.is_success:
            return
        text = f"Branding answered {answer.status_code} to {method} {path}: {answer.text[:300]}"
        raise Unavailable(text) if answer.status_code >= 500 or answer.status_code == 429 else BadInput(text)
