"""`ports.PendingGrants` on Valkey."""

from typing import cast

import msgspec

from auth_otp.adapters.valkey import Valkey, key
from auth_otp.domain.sessions import SessionGrant
from auth_otp.settings import Settings


class ValkeyPendingGrants:
    """Grants in Valkey, by its clock."""

    def __init__(self, valkey: Valkey, settings: Settings) -> None:
        self._valkey = valkey
        self._settings = settings
        self._offer = valkey.script("offer")
        self._pick = valkey.script("pick")

    async def offer(self, business_id: str, choice_id: str, grant: SessionGrant) -> None:
        """See `ports.PendingGrants`."""
        arguments = [msgspec.json.encode(grant), self._settings.account_choice_life_seconds * 1000]
        await self._valkey.run(self._offer, [key("choice", business_id, choice_id)], arguments)

    async def find(self, business_id: str, choice_id: str) -> SessionGrant | None:
        """See `ports.PendingGrants`."""
        return _read(await self._valkey.field(key("choice", business_id, choice_id), "choice", "picked"))

    async def pick(self, business_id: str, choice_id: str, index: int) -> SessionGrant | None:
        """See `ports.PendingGrants`."""
        arguments = [index, self._settings.repeated_post_seconds * 1000]
        reply = await self._valkey.run(self._pick, [key("choice", business_id, choice_id)], arguments)
        return _read(cast("bytes | None", reply))


def _read(stored: bytes | None) -> SessionGrant | None:
    return None if stored is None else msgspec.json.decode(stored, type=SessionGrant)
