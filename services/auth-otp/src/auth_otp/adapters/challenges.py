"""`ports.Challenges` on Valkey: a hash per challenge, its life the key's own."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from auth_otp.adapters.rate_limiter import as_arguments, seconds_of
from auth_otp.adapters.valkey import Reply, Valkey, key
from auth_otp.domain.challenges import (
    ChallengeExpired,
    ChallengeSpent,
    CodeAttempt,
    Consumed,
    LiveCode,
    OtherLength,
    Outcome,
    Proof,
    Sending,
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
        self._wrong = valkey.script("wrong")
        self._consume = valkey.script("consume")

    async def ask(self, request: SendRequest) -> SendTicket | TooSoon:
        """See `ports.Challenges`."""
        counted = f"{request.address_index}:{request.bucket}"
        keys = [
            *(key(kind, request.business_id, counted) for kind in ("sends", "live", "shared")),
            *(
                key("challenge", request.business_id, id_ or "-")
                for id_ in (request.challenge_id, request.new_challenge_id)
            ),
        ]
        match await self._valkey.run(self._ask, keys, list(self._arguments(request))):
            case [b"wait", int(wait), usable]:
                return TooSoon(seconds_of(wait), bool(usable))
            case [b"open", bytes(id_), int(digits)]:
                return SendTicket(id_.decode(), digits, None)
            case [b"sent", bytes(id_), int(digits), *sending]:
                return SendTicket(id_.decode(), digits, _sending(digits, sending))
            case _:
                raise AssertionError("ask.lua answered against its contract")

    def _arguments(self, request: SendRequest) -> Iterator[str | bytes | int]:
        settings = self._settings
        yield from (request.challenge_id, request.new_challenge_id, request.new_shared_id)
        yield from (request.address_index, request.address_cipher, request.pepper)
        yield from (request.digits, request.shared_digits)
        yield from (settings.code_life_seconds * 1000, settings.code_renew_within_seconds * 1000)
        yield from (settings.code_tries, settings.challenges_per_address)
        yield from (request.shared_every_seconds * 1000, int(request.patient))
        yield from (request.entry, msgspec.json.encode(request.sources))
        yield settings.send_spacing_seconds * 1000
        yield from as_arguments(send_limits(settings))

    async def attempt(self, business_id: str, challenge_id: str, digits: int) -> Outcome:
        """See `ports.Challenges`."""
        keys = [key("challenge", business_id, challenge_id)]
        arguments = [challenge_id, self._settings.code_tries, digits]
        match await self._valkey.run(self._attempt, keys, arguments):
            case [b"gone"]:
                return ChallengeExpired()
            case [b"dead"]:
                return ChallengeSpent()
            case [b"length", int(right)]:
                return OtherLength(right)
            case [b"try", int(left), bytes(index), bytes(cipher), int(at), *codes]:
                return CodeAttempt(
                    challenge_id=challenge_id,
                    tries_left=left,
                    address_index=index.decode(),
                    address_cipher=cipher,
                    codes=list(_live_codes(codes)),
                    at=_moment(at),
                )
            case _:
                raise AssertionError("attempt.lua answered against its contract")

    async def note_wrong(self, business_id: str, challenge_id: str, place: str, count: int) -> None:
        """See `ports.Challenges`."""
        await self._valkey.run(self._wrong, [key("challenge", business_id, challenge_id)], [place, count])

    async def consume(
        self, business_id: str, challenge_id: str, code: LiveCode, proof: Proof
    ) -> Consumed | None:
        """See `ports.Challenges`."""
        keys, kept = [key("challenge", business_id, challenge_id)], self._settings.repeated_post_seconds
        arguments = [challenge_id, code.code_id, code.number, msgspec.json.encode(proof), kept * 1000]
        match await self._valkey.run(self._consume, keys, arguments):
            case None:
                return None
            case [bytes(first), *owed]:
                return _consumed(first, owed)
            case _:
                raise AssertionError("consume.lua answered against its contract")


def _sending(digits: int, reply: Sequence[Reply]) -> Sending:
    match reply:
        case [bytes(code_id), int(code_number), int(send_number), bytes(pepper), int(due), int(expires)]:
            return Sending(
                code_id=code_id.decode(),
                code_number=code_number,
                digits=digits,
                send_number=send_number,
                pepper=pepper.decode(),
                due_at=_moment(due),
                expires_at=_moment(expires),
            )
        case _:
            raise AssertionError("ask.lua answered against its contract")


def _live_codes(flat: Sequence[Reply]) -> Iterator[LiveCode]:
    for id_, number, pepper in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
        assert isinstance(id_, bytes)  # noqa: S101  # the script's contract
        assert isinstance(number, int)  # noqa: S101
        assert isinstance(pepper, bytes)  # noqa: S101
        yield LiveCode(id_.decode(), number, pepper.decode())


def _consumed(first: bytes, owed: Sequence[Reply]) -> Consumed:
    fields = {
        name.decode(): value
        for name, value in zip(owed[::2], owed[1::2], strict=True)
        if isinstance(name, bytes) and isinstance(value, bytes)
    }
    return Consumed(
        msgspec.json.decode(first, type=Proof),
        {name.removeprefix("wrong:"): int(n) for name, n in fields.items() if name.startswith("wrong:")},
        {
            name.removeprefix("entry:"): msgspec.json.decode(value, type=list[str])
            for name, value in fields.items()
            if name.startswith("entry:")
        },
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
