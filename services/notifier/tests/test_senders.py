"""The senders against real servers: what is handed over, and which failures may pass."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from chassis.settings import Secret
from mailbox_beside import FROM, Mailbox, mailbox
from notifier.adapters.smtp import SmtpSender
from notifier.domain.delivery import DeliveryPostponed, DeliveryRejected, DeliveryUnconfirmed, Sms
from stand_in_mailbox.mail import Receiver, listen

TO = "customer@example.com"
SMS = Sms("+819012345678", "ひかり清掃 確認コード：012345", timedelta(minutes=10))


@pytest.fixture
async def box() -> AsyncGenerator[Mailbox]:
    async with mailbox() as running:
        yield running


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "no-reply@example.com", TO, "Hello"
    message.set_content("ひかり\n")
    return message


async def test_a_mail_arrives(box: Mailbox) -> None:
    await box.mail_sender().send(mail(), TO)
    (arrived,) = box.inbox
    assert (arrived.to[0].address, arrived.return_path, arrived.text.strip()) == (
        TO,
        "no-reply@example.com",
        "ひかり",
    )


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("421", DeliveryPostponed, "smtp_421"),
        ("451", DeliveryPostponed, "smtp_451"),
        ("550", DeliveryRejected, "smtp_550"),
        ("reset", DeliveryPostponed, "smtp_unreachable"),
        ("timeout-after-accept", DeliveryPostponed, "smtp_unreachable"),
    ],
)
async def test_a_mail_server_that_fails(box: Mailbox, fault: str, error: type[Exception], code: str) -> None:
    box.faults.plan("smtp", fault)
    with pytest.raises(error, match=f"^{code}$"):
        await box.mail_sender(step_seconds=0.3).send(mail(), TO)


@pytest.mark.parametrize(("fault", "said"), [("550", "mailbox_unavailable"), ("554", None)])
async def test_a_refusal_says_of_a_mailbox_only_what_the_server_said_of_the_recipient(
    box: Mailbox, fault: str, said: str | None
) -> None:
    box.faults.plan("smtp", fault)
    with pytest.raises(DeliveryRejected) as refused:
        await box.mail_sender().send(mail(), TO)
    assert refused.value.address_fault == said


@pytest.mark.parametrize(("fault", "said"), [("21610", "opted_out"), ("21614", "not_a_mobile")])
async def test_twilio_says_why_a_number_gets_no_text(box: Mailbox, fault: str, said: str) -> None:
    box.faults.plan("sms", fault)
    with pytest.raises(DeliveryRejected) as refused:
        await box.sms_sender().send(SMS)
    assert refused.value.address_fault == said


class Connections(Receiver):
    """Takes mail, and remembers over which connection each came."""

    def __init__(self, box: Mailbox) -> None:
        super().__init__(box.inbox, box.faults)
        self.peers: list[object] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # as aiosmtpd calls it
        self.peers.append(session.peer)
        return await super().handle_DATA(server, session, envelope)


async def test_a_connection_is_kept_for_the_next_mail_and_made_anew_where_it_is_gone(box: Mailbox) -> None:
    received = Connections(box)
    server = await listen(received, 0)
    url = Secret(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    sender = SmtpSender(url, "no-reply@example.com", plaintext=True, step_seconds=5)
    await sender.send(mail(), TO)
    box.faults.plan("smtp", "550", to=TO)
    with pytest.raises(DeliveryRejected):
        await sender.send(mail(), TO)
    await sender.send(mail(), TO)
    box.faults.plan("smtp", "reset")
    with pytest.raises(DeliveryPostponed):
        await sender.send(mail(), TO)
    await sender.send(mail(), TO)
    first, second, reset, anew = received.peers
    assert first == second == reset != anew
    assert len(box.inbox) == 3
    await sender.close()
    server.close()


async def test_a_mail_server_that_is_away_may_come_back() -> None:
    with pytest.raises(DeliveryPostponed, match=r"^smtp_unreachable$"):
        await SmtpSender(Secret("smtp://127.0.0.1:1"), TO, plaintext=True).send(mail(), TO)


async def test_nothing_is_sent_to_a_server_without_tls_unless_allowed(box: Mailbox) -> None:
    strict = SmtpSender(Secret(box.smtp_url), "no-reply@example.com", plaintext=False)
    with pytest.raises((DeliveryPostponed, DeliveryRejected)):
        await strict.send(mail(), TO)
    assert not list(box.inbox)


async def test_a_text_message_arrives_and_twilio_names_it(box: Mailbox) -> None:
    reference = await box.sms_sender().send(SMS)
    (arrived,) = box.inbox
    assert (arrived.to[0].address, arrived.sender.address, arrived.text) == (SMS.to, FROM, SMS.text)
    assert reference is not None
    assert reference.startswith("SM")


@pytest.mark.parametrize(
    ("fault", "code"),
    [("429", "twilio_20429"), ("500", "twilio_20500"), ("timeout-after-accept", "unanswered")],
)
async def test_twilio_may_recover(box: Mailbox, fault: str, code: str) -> None:
    box.faults.plan("sms", fault)
    with pytest.raises(DeliveryPostponed, match=f"^{code}$"):
        await box.sms_sender(seconds=0.3).send(SMS)


async def test_only_who_was_asked_may_have_taken_a_text(box: Mailbox) -> None:
    box.faults.plan("sms", "timeout-after-accept")
    with pytest.raises(DeliveryUnconfirmed):
        await box.sms_sender(seconds=0.3).send(SMS)
    away = replace(box, http_url="http://127.0.0.1:1").sms_sender()
    with pytest.raises(DeliveryPostponed, match=r"^twilio_unreachable$") as postponed:
        await away.send(SMS)
    assert not isinstance(postponed.value, DeliveryUnconfirmed)


async def test_twilio_refuses_a_number_that_is_none(box: Mailbox) -> None:
    with pytest.raises(DeliveryRejected, match=r"^twilio_21211$"):
        await box.sms_sender().send(Sms("+1", "text", timedelta(minutes=1)))


async def test_a_login_that_twilio_refuses_is_ours_to_repair(box: Mailbox) -> None:
    with pytest.raises(DeliveryPostponed, match=r"^twilio_20003$"):
        await box.sms_sender(token="wrong").send(SMS)
