"""Codes that come by Kafka, sealed."""

import json
from datetime import datetime, timedelta

from chassis.clock import new_id
from chassis.encryption import seal
from chassis.settings import KeyRing
from code_samples import ADDRESS, CODE, NOW, NUMBER, PUBLIC, envelope_of
from notifier.handlers.accept_code import AcceptCode
from servicehub_events import Channel, Envelope, SignInCodeRequested, as_event
from servicehub_events_tools.testing import samples


def sealed(to: str = ADDRESS, code: str = CODE, public: KeyRing = PUBLIC) -> str:
    return seal(public, json.dumps({"to": to, "code": code}).encode())


def code_request(
    channel: Channel = "email",
    *,
    now: datetime = NOW,
    life: timedelta = timedelta(minutes=10),
    **changes: object,
) -> SignInCodeRequested:
    """A request made at `now`; the challenge's id is new each time."""
    given = {"sealed": sealed(NUMBER if channel == "sms" else ADDRESS), "challenge_id": new_id()} | changes
    return as_event(
        SignInCodeRequested, samples.code_request(), channel=channel, expires_at=now + life, **given
    )


def request_of(code: AcceptCode) -> Envelope:
    """The same as `code`, as a consumer receives it."""
    event = code_request(
        code.channel,
        business_id=code.business_id,
        challenge_id=code.challenge_id,
        sealed=sealed(code.to, code.code),
    )
    return envelope_of(
        as_event(SignInCodeRequested, event, expires_at=code.expires_at),
        sequence=code.send_number,
        time=code.requested_at,
        event_id=code.caused_by,
    )
