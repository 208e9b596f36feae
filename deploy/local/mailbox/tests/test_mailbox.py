"""The mailbox takes any mail, and tells about it as Mailpit does."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage

import httpx
import pytest
from stand_in_mailbox.app import application
from stand_in_mailbox.faults import Faults
from stand_in_mailbox.mail import Receiver, listen
from stand_in_mailbox.messages import Address, Inbox, Message
from stand_in_mailbox.twilio import Account


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def smtp_port(inbox: Inbox, faults: Faults) -> AsyncIterator[int]:
    server = await listen(Receiver(inbox, faults), 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def web(inbox: Inbox, faults: Faults) -> AsyncIterator[httpx.AsyncClient]:
    app = application(inbox, faults, Account("AC1", "token"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


def mail(subject: str = "Your visit is booked") -> EmailMessage:
    made = EmailMessage()
    made["From"] = '"Sparkle Home" <no-reply@portal.example>'
    made["To"] = "customer@mail.example"
    made["Subject"] = subject
    made["List-Unsubscribe"] = "<https://portal.example/u?t=1>"
    made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content("See you on Monday.")
    made.add_alternative("<p>See you on <b>Monday</b>.</p><script>alert(1)</script>", subtype="html")
    made.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="visit.ics")
    return made


def message(text: str) -> Message:
    return Message(sender=Address("a@x.example"), to=(Address("b@x.example"),), text=text)


async def send(port: int, message: EmailMessage, to: list[str] | None = None) -> None:
    def deliver() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.send_message(message, to_addrs=to)

    await asyncio.to_thread(deliver)


async def test_a_mail_is_listed_in_mailpits_shape(smtp_port: int, web: httpx.AsyncClient) -> None:
    await send(smtp_port, mail("予約を承りました"))
    page = (await web.get("/api/v1/messages")).json()
    assert (page["total"], page["unread"], page["count"], page["start"]) == (1, 1, 1, 0)
    (listed,) = page["messages"]
    assert listed["Subject"] == "予約を承りました"
    assert listed["From"] == {"Name": "Sparkle Home", "Address": "no-reply@portal.example"}
    assert listed["To"] == [{"Name": "", "Address": "customer@mail.example"}]
    assert (listed["Snippet"], listed["Attachments"], listed["Read"]) == ("See you on Monday.", 1, False)


async def test_a_mail_is_shown_whole_and_then_read(smtp_port: int, web: httpx.AsyncClient) -> None:
    await send(smtp_port, mail())
    whole = (await web.get("/api/v1/message/latest")).json()
    assert whole["Text"].strip() == "See you on Monday."
    assert whole["HTML"].startswith("<p>See you on <b>Monday</b>.</p>")
    assert whole["Attachments"][0]["FileName"] == "visit.ics"
    assert whole["ListUnsubscribe"]["Links"] == ["https://portal.example/u?t=1"]
    assert whole["ListUnsubscribe"]["HeaderPost"] == "List-Unsubscribe=One-Click"
    assert (await web.get("/api/v1/messages")).json()["unread"] == 0
    assert (await web.get("/api/v1/message/nobody")).status_code == 404


async def test_an_attached_file_is_downloaded_and_never_shown(smtp_port: int, web: httpx.AsyncClient) -> None:
    await send(smtp_port, mail())
    (file,) = (await web.get("/api/v1/message/latest")).json()["Attachments"]
    download = await web.get(f"/api/v1/message/latest/part/{file['PartID']}")
    assert (download.content, file["Size"]) == (b"BEGIN:VCALENDAR", 15)
    assert download.headers["Content-Disposition"] == "attachment"
    assert (await web.get("/api/v1/message/latest/part/9")).status_code == 404


async def test_an_envelope_recipient_without_a_header_is_bcc(smtp_port: int, web: httpx.AsyncClient) -> None:
    await send(smtp_port, mail(), ["customer@mail.example", "hidden@mail.example"])
    assert (await web.get("/api/v1/message/latest")).json()["Bcc"][0]["Address"] == "hidden@mail.example"


async def test_search_finds_by_recipient_and_tag(inbox: Inbox, web: httpx.AsyncClient) -> None:
    sms = Message(
        sender=Address("+15005550006"), to=(Address("+819012345678"),), text="code 123", tags=("sms",)
    )
    inbox.add(sms)
    inbox.add(message("hello"))
    found = (await web.get("/api/v1/search", params={"query": "to:+819012345678 tag:sms"})).json()
    assert [each["Tags"] for each in found["messages"]] == [["sms"]]
    assert (found["messages_count"], found["total"]) == (1, 2)


async def test_delete_empties_the_mailbox(inbox: Inbox, web: httpx.AsyncClient) -> None:
    for number in range(3):
        inbox.add(message(f"{number}"))
    first = next(iter(inbox)).id
    assert (await web.request("DELETE", "/api/v1/messages", json={"IDs": [first]})).text == "ok"
    assert len(inbox) == 2
    await web.delete("/api/v1/messages")
    assert (await web.get("/api/v1/messages")).json()["total"] == 0


async def test_a_mail_s_html_is_shown_in_a_sandbox(
    smtp_port: int, inbox: Inbox, web: httpx.AsyncClient
) -> None:
    await send(smtp_port, mail("<i>not markup</i>"))
    identifier = next(iter(inbox)).id
    page = (await web.get("/", params={"id": identifier})).text
    assert '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "&lt;i&gt;not markup&lt;/i&gt;" in page
    assert "<script>alert(1)" not in page
    body = await web.get(f"/_mail/{identifier}")
    assert body.headers["Content-Security-Policy"].startswith("sandbox ")
    assert "default-src 'none'" in body.headers["Content-Security-Policy"]


async def test_a_page_under_a_foreign_name_can_not_read_codes(web: httpx.AsyncClient) -> None:
    assert (await web.get("/api/v1/messages", headers={"Host": "evil.example"})).status_code == 400


@pytest.mark.parametrize(("kind", "code"), [("421", 421), ("451", 451), ("554", 554)])
async def test_smtp_refuses_on_demand_and_then_recovers(
    smtp_port: int, inbox: Inbox, web: httpx.AsyncClient, kind: str, code: int
) -> None:
    await web.post("/_faults", json={"channel": "smtp", "kind": kind})
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await send(smtp_port, mail())
    assert refused.value.smtp_code == code
    assert len(inbox) == 0
    await send(smtp_port, mail())
    assert len(inbox) == 1


async def test_a_mailbox_that_is_none_is_refused_before_the_mail(
    smtp_port: int, inbox: Inbox, faults: Faults
) -> None:
    faults.plan("smtp", "550", to="gone@mail.example")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await send(smtp_port, mail(), ["gone@mail.example"])
    assert refused.value.recipients["gone@mail.example"][0] == 550
    await send(smtp_port, mail(), ["gone@mail.example"])
    assert len(inbox) == 1


async def test_smtp_resets_the_connection_on_demand(smtp_port: int, inbox: Inbox, faults: Faults) -> None:
    faults.plan("smtp", "reset")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        await send(smtp_port, mail())
    assert len(inbox) == 0


async def test_a_full_inbox_drops_the_oldest() -> None:
    small = Inbox(capacity=2)
    for text in "abc":
        small.add(message(text))
    assert [message.text for message in small] == ["c", "b"]
