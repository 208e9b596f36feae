"""What every handler of sign-in gets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from chassis.context import ServiceContext
from chassis.encryption import BlindIndex, FieldCipher
from chassis.identity import SessionSigner, SessionVerifier

from auth_otp.domain.stored_addresses import AddressKeys
from auth_otp.ports import Challenges, CodeCourier, PendingGrants, RateLimiter
from auth_otp.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(ServiceContext[Settings]):
    """The ports beside what every service has. `close_ports` gives back what is behind them."""

    challenges: Challenges
    pending_grants: PendingGrants
    rate_limiter: RateLimiter
    courier: CodeCourier
    close_ports: Callable[[], Awaitable[None]]
    signer: SessionSigner
    verifier: SessionVerifier

    @property
    def addresses(self) -> AddressKeys:
        """Encrypts addresses, and finds them."""
        return AddressKeys(
            FieldCipher(self.settings.field_encryption_keys), BlindIndex(self.settings.blind_index_keys)
        )

    async def close(self) -> None:
        """Give every connection back."""
        await self.close_ports()
        await ServiceContext[Settings].close(self)
