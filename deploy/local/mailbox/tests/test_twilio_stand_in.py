"""The phone takes SMS as Twilio does, and misbehaves on demand."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from stand_in_mailbox.app import application
from stand_in_mailbox.faults import Faults
from stand_in_mailbox.messages import Inbox
from stand_in_mailbox.twilio import Account, signature
from twilio.request_validator import RequestValidator

SEND = "/2010-04-01/Accounts/AC1/Messages.json"
SMS = {"To": "+819012345678", "From": "+15005550006", "Body": "確認コード 123456"}
AUTH = ("AC1", "token")


class Phone:
    """The stand-in, and whoever sends by it."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        app = application(self.inbox, Faults(), Account("AC1", "token"))
        self.web = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    made = Phone()
    async with made.web:
        yield made


async def test_an_accepted_sms_is_answered_as_twilio_does(phone: Phone) -> None:
    answer = await phone.web.post(SEND, data=SMS, auth=AUTH)
    body = answer.json()
    assert answer.status_code == 201
    assert (body["status"], body["to"], body["from"], body["body"]) == (
        "queued",
        SMS["To"],
        SMS["From"],
        SMS["Body"],
    )
    assert body["sid"].startswith("SM")
    assert len(body["sid"]) == 34
    assert body["uri"] == f"/2010-04-01/Accounts/AC1/Messages/{body['sid']}.json"
    assert (body["error_code"], body["direction"]) == (None, "outbound-api")


async def test_an_sms_lies_in_the_mailbox_with_its_tag(phone: Phone) -> None:
    await phone.web.post(SEND, data=SMS, auth=AUTH)
    shown = (await phone.web.get("/api/v1/message/latest")).json()
    assert (shown["Tags"], shown["Text"]) == (["sms"], SMS["Body"])
    assert shown["To"] == [{"Name": "", "Address": SMS["To"]}]
    page = (await phone.web.get("/", params={"id": shown["ID"]})).text
    assert "確認コード 123456" in page


@pytest.mark.parametrize(
    ("auth", "account"), [(None, "AC1"), (("AC1", "wrong"), "AC1"), (("AC1", "token"), "AC2")]
)
async def test_only_its_own_account_may_send(
    phone: Phone, auth: tuple[str, str] | None, account: str
) -> None:
    path = f"/2010-04-01/Accounts/{account}/Messages.json"
    answer = await phone.web.post(path, data=SMS, auth=auth or httpx.Auth())
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert len(phone.inbox) == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "0901234"}, 21211),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
    ],
)
async def test_a_wrong_field_has_twilios_code(phone: Phone, change: dict[str, str], code: int) -> None:
    answer = await phone.web.post(SEND, data=SMS | change, auth=AUTH)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (400, code, 400)
    assert len(phone.inbox) == 0


async def test_stop_has_twilio_refuse_further_texts_of_this_sender_until_start(phone: Phone) -> None:
    reply = {"From": SMS["To"], "To": SMS["From"]}
    assert (await phone.web.post("/_reply", data=reply | {"Body": "stop"})).status_code == 303
    refused = await phone.web.post(SEND, data=SMS, auth=AUTH)
    assert (refused.status_code, refused.json()["code"]) == (400, 21610)
    other = await phone.web.post(SEND, data=SMS | {"From": "+15005550007"}, auth=AUTH)
    assert other.status_code == 201
    await phone.web.post("/_reply", data=reply | {"Body": "Start"})
    assert (await phone.web.post(SEND, data=SMS, auth=AUTH)).status_code == 201


async def test_nobody_answers_a_name(phone: Phone) -> None:
    answer = await phone.web.post("/_reply", data={"From": SMS["To"], "To": "Portal", "Body": "STOP"})
    assert answer.status_code == 400


async def test_a_text_that_its_network_loses_is_taken_and_lies_in_no_phone(phone: Phone) -> None:
    await phone.web.post("/_faults", json={"kind": "30003"})
    assert (await phone.web.post(SEND, data=SMS, auth=AUTH)).status_code == 201
    assert len(phone.inbox) == 0


def test_a_signature_is_what_twilios_own_validator_asks_for() -> None:
    fields = {"MessageStatus": "delivered", "Body": "確認"}
    signed = signature("token", "https://portal.example/x", fields)
    right, other = _validator("token"), _validator("other")
    assert right.validate("https://portal.example/x", fields, signed)
    assert not other.validate("https://portal.example/x", fields, signed)


def _validator(token: str) -> Any:
    return RequestValidator(token)  # it has no types


@pytest.mark.parametrize("status", [429, 500])
async def test_faults_on_demand_are_used_up(phone: Phone, status: int) -> None:
    await phone.web.post("/_faults", json={"kind": str(status), "times": 2})
    answers = [(await phone.web.post(SEND, data=SMS, auth=AUTH)).status_code for _ in range(3)]
    assert answers == [status, status, 201]
    assert len(phone.inbox) == 1


async def test_a_fault_can_be_meant_for_one_number(phone: Phone) -> None:
    await phone.web.post("/_faults", json={"kind": "500", "to": "+15550001111"})
    assert (await phone.web.post(SEND, data=SMS, auth=AUTH)).status_code == 201
    assert (await phone.web.get("/_faults")).json() == [
        {"channel": "sms", "kind": "500", "times": 1, "to": "+15550001111"}
    ]
    assert (await phone.web.delete("/_faults")).status_code == 204
    assert (await phone.web.get("/_faults")).json() == []


@pytest.mark.parametrize(
    "body", [b"{", b'{"kind": "earthquake"}', b'{"kind": "429", "times": 0}', b'{"kind": "429", "x": 1}']
)
async def test_an_unknown_fault_is_refused(phone: Phone, body: bytes) -> None:
    assert (await phone.web.post("/_faults", content=body)).status_code == 400


async def test_an_sms_can_be_accepted_and_never_answered(phone: Phone) -> None:
    await phone.web.post("/_faults", json={"kind": "timeout-after-accept"})
    sending = asyncio.create_task(phone.web.post(SEND, data=SMS, auth=AUTH))
    async with asyncio.timeout(5):
        while not len(phone.inbox):  # noqa: ASYNC110 - the inbox is no event
            await asyncio.sleep(0)
    assert not sending.done()
    sending.cancel()
