"""`ports.Challenges` on Valkey: a hash per challenge, its life the key's own."""

from datetime import UTC, datetime
from typing import cast

import msgspec

from auth_otp.adapters.rate_limiter import as_arguments, seconds_of
from auth_otp.adapters.valkey import Valkey, key
from auth_otp.domain.challenges import (
    ChallengeExpired,
    ChallengeSpent,
    CodeAttempt,
    Proof,
    SendRequest,
    SendTicket,
    TooSoon,
)
from auth_otp.domain.sign_in import send_limits
from auth_otp.settings import Settings


class ValkeyChallenges:
    """Challenges in Valkey, by its clock."""

    def __init__(self, valkey: Valkey, settings: Settings) -> None:
        self._valkey = valkey
        self._settings = settings
        self._ask = valkey.script("ask")
        self._attempt = valkey.script("attempt")
        self._consume = valkey.script("consume")

    async def ask(self, request: SendRequest) -> SendTicket | TooSoon:
        """See `ports.Challenges`."""
        settings, prefix = self._settings, key("challenge", request.business_id, "")
        counted = f"{request.address_index}:{request.bucket}"
        keys = [
            key("sends", request.business_id, counted),
            key("live", request.business_id, counted),
            prefix + (request.challenge_id or "-"),
            prefix + request.new_challenge_id,
        ]
        ids = (request.challenge_id, request.new_challenge_id)
        address = (request.address_index, request.address_cipher, request.pepper)
        numbers = (
            settings.code_life_seconds * 1000,
            settings.code_renew_within_seconds * 1000,
            settings.code_tries,
        )
        limits = as_arguments(send_limits(settings))
        reply = await self._valkey.run(
            self._ask, keys, [*ids, *address, *numbers, settings.challenges_per_address, prefix, *limits]
        )
        match reply:
            case [b"wait", int(wait), usable]:
                return TooSoon(seconds_of(wait), bool(usable))
            case [b"sent", bytes(id_), int(code_number), int(send_number), bytes(pepper), int(expires)]:
                return SendTicket(
                    challenge_id=id_.decode(),
                    code_number=code_number,
                    send_number=send_number,
                    pepper=pepper.decode(),
                    expires_at=_moment(expires),
                )
            case _:
                raise AssertionError("ask.lua answered against its contract")

    async def attempt(
        self, business_id: str, challenge_id: str
    ) -> CodeAttempt | ChallengeExpired | ChallengeSpent:
        """See `ports.Challenges`."""
        keys = [key("challenge", business_id, challenge_id)]
        match await self._valkey.run(self._attempt, keys, [self._settings.code_tries]):
            case [b"gone"]:
                return ChallengeExpired()
            case [b"dead"]:
                return ChallengeSpent()
            case [
                b"try",
                int(left),
                bytes(index),
                bytes(cipher),
                bytes(pepper),
                int(last),
                before,
                int(at),
            ]:
                return CodeAttempt(
                    tries_left=left,
                    address_index=index.decode(),
                    address_cipher=cipher,
                    pepper=pepper.decode(),
                    code_numbers=(last, last - 1) if before else (last,),
                    at=_moment(at),
                )
            case _:
                raise AssertionError("attempt.lua answered against its contract")

    async def consume(self, business_id: str, challenge_id: str, proof: Proof) -> Proof | None:
        """See `ports.Challenges`."""
        keys = [key("challenge", business_id, challenge_id)]
        arguments = [msgspec.json.encode(proof), self._settings.repeated_post_seconds * 1000]
        first = cast("bytes | None", await self._valkey.run(self._consume, keys, arguments))
        return None if first is None else msgspec.json.decode(first, type=Proof)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
