"""`ports.Challenges` on Valkey: a hash per challenge, its life the key's own."""

from datetime import UTC, datetime
from typing import cast

import msgspec

from auth_otp.adapters.limiter import as_arguments, seconds_of
from auth_otp.adapters.valkey import Valkey, key
from auth_otp.ports import Ask, Dead, Gone, Proof, Sending, TooSoon, Try
from auth_otp.settings import Settings


class ValkeyChallenges:
    """Challenges in Valkey, by its clock."""

    def __init__(self, valkey: Valkey, settings: Settings) -> None:
        self._valkey = valkey
        self._settings = settings
        self._ask = valkey.script("ask")
        self._attempt = valkey.script("attempt")
        self._consume = valkey.script("consume")

    async def ask(self, ask: Ask) -> Sending | TooSoon:
        """See `ports.Challenges`."""
        settings, prefix = self._settings, key("challenge", ask.business_id, "")
        counted = f"{ask.address_index}:{ask.bucket}"
        keys = [
            key("sends", ask.business_id, counted),
            key("live", ask.business_id, counted),
            prefix + (ask.held or "-"),
            prefix + ask.fresh,
        ]
        numbers = (settings.code_life * 1000, settings.code_renew_within * 1000, settings.code_tries)
        who = (ask.held, ask.fresh, ask.address_index, ask.address_cipher, ask.pepper)
        limits = as_arguments(settings.send_limits)
        reply = await self._valkey.run(
            self._ask, keys, [*who, *numbers, settings.live_challenges, prefix, *limits]
        )
        match reply:
            case [b"wait", int(wait), held]:
                return TooSoon(seconds_of(wait), bool(held))
            case [b"sent", bytes(id_), int(generation), int(number), bytes(pepper), int(expires)]:
                return Sending(
                    challenge_id=id_.decode(),
                    generation=generation,
                    number=number,
                    pepper=pepper.decode(),
                    expires_at=_moment(expires),
                )
            case _:
                raise AssertionError("ask.lua answered against its contract")

    async def attempt(self, business_id: str, challenge_id: str) -> Try | Gone | Dead:
        """See `ports.Challenges`."""
        keys = [key("challenge", business_id, challenge_id)]
        match await self._valkey.run(self._attempt, keys, [self._settings.code_tries]):
            case [b"gone"]:
                return Gone()
            case [b"dead"]:
                return Dead()
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
                return Try(
                    tries_left=left,
                    address_index=index.decode(),
                    address_cipher=cipher,
                    pepper=pepper.decode(),
                    generations=(last, last - 1) if before else (last,),
                    at=_moment(at),
                )
            case _:
                raise AssertionError("attempt.lua answered against its contract")

    async def consume(self, business_id: str, challenge_id: str, proof: Proof) -> Proof | None:
        """See `ports.Challenges`."""
        keys = [key("challenge", business_id, challenge_id)]
        arguments = [msgspec.json.encode(proof), self._settings.repeat_within * 1000]
        first = cast("bytes | None", await self._valkey.run(self._consume, keys, arguments))
        return None if first is None else msgspec.json.decode(first, type=Proof)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
