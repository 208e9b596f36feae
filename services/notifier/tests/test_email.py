"""A mail's headers, whatever people typed."""

import itertools
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import EmailMessage
from uuid import UUID

import pytest
from aiosmtplib.email import flatten_message
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from notifier.messages.brand import brand_of
from notifier.messages.email import EmailText, MailFacts, OutgoingEmail, compose, display_name
from servicehub_events_tools.testing import samples

READABLE = st.text(st.characters(categories=("L", "M", "N", "P", "S", "Zs")), min_size=1, max_size=120)
MESSAGE_ID = UUID("0d5c1d50-3a62-5c5b-9c8c-0c4f5be3a1b2")


def composed(
    name: str = "Sample Business",
    to: str = "customer@example.com",
    subject: str = "Hello",
    stop_url: str = "",
    thread: str = "",
) -> EmailMessage:
    """A mail, written to bytes and read again, as a mail program sees it."""
    read = message_from_bytes(outgoing(name, to, subject, stop_url, thread).as_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def outgoing(
    name: str = "Sample Business",
    to: str = "customer@example.com",
    subject: str = "Hello",
    stop_url: str = "",
    thread: str = "",
) -> EmailMessage:
    """A mail as it is handed over."""
    return compose(
        OutgoingEmail(
            to,
            brand_of(replace(samples.business(), name=name), "https://portal.example.com"),
            "ja",
            EmailText(subject, "text\n", "<p>html</p>\n"),
            stop_url,
        ),
        sender="no-reply@example.com",
        message_id=MESSAGE_ID,
        now=datetime(2026, 11, 22, tzinfo=UTC),
        facts=MailFacts("visit_confirmed", "sample", thread),
    )


def test_a_mail_says_who_sends_it_and_that_a_machine_wrote_it() -> None:
    mail = composed()
    assert mail["From"] == "Sample Business <no-reply@example.com>"
    assert mail["To"] == "customer@example.com"
    assert mail["Reply-To"] == "help@example.com"
    assert mail["Message-ID"] == f"<{MESSAGE_ID}@example.com>"
    assert mail["Date"] == "Sun, 22 Nov 2026 00:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "ja"
    assert mail["List-Unsubscribe"] is None
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("length", [20, 200, 400])
def test_a_mail_that_can_be_switched_off_says_how_in_headers_that_every_program_reads(length: int) -> None:
    url = f"https://portal.example.com/portal/sample/unsubscribe/{'aB3-_' * (length // 5)}"
    mail, on_the_wire = outgoing(stop_url=url), f"\r\nList-Unsubscribe: <{url}>\r\n".encode()
    assert on_the_wire in mail.as_bytes()
    assert on_the_wire in flatten_message(mail)
    mail = mail.as_bytes()
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in mail
    assert composed(stop_url=url)["List-Unsubscribe"] == f"<{url}>"


def test_a_name_with_emoji_arrives_as_it_was_and_nothing_in_it_looks_like_an_address() -> None:
    sender = composed('ひかり "清掃" ✨, Inc.')["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("ひかり 清掃 ✨, Inc.", "no-reply@example.com")
    assert composed('"Bank <info@bank.example>"')["From"].addresses[0].display_name == "Bank infobank.example"


@given(name=st.text(max_size=80))
def test_no_name_adds_a_header_or_changes_the_sender(name: str) -> None:
    mail = composed(name)
    assert sorted(mail.keys()) == sorted(composed().keys())
    assert [address.addr_spec for address in mail["From"].addresses] == ["no-reply@example.com"]


@pytest.mark.parametrize("to", ["a@example.com\r\nBcc: b@example.com", "a@" + "ä" * 70 + ".example"])
def test_an_address_that_no_header_can_carry_is_refused(to: str) -> None:
    with pytest.raises(ValueError):
        composed(to=to)


def test_a_subject_of_two_lines_is_refused() -> None:
    with pytest.raises(ValueError):
        composed(subject="Hello\r\nBcc: b@example.com")


def test_mails_about_one_thing_are_one_conversation_and_codes_stand_alone() -> None:
    about = composed(thread="invoice.0a1b")
    assert (about["References"], about["In-Reply-To"]) == ("<invoice.0a1b@example.com>",) * 2
    assert about["X-Entity-Ref-ID"] is None
    alone = composed()
    assert (alone["References"], alone["X-Entity-Ref-ID"]) == (None, str(MESSAGE_ID))
    assert alone["Feedback-ID"] == "visit_confirmed:sample:portal"


@given(text=READABLE)
@example("【ハウスクリーニング】ご予約の日時が12月2日(水)に変わりました")
@example("a =?utf-8?q?b?= c")
@example("x" * 200)
@example("é é  é " + "z" * 70 + " é")
def test_a_subject_is_read_as_it_was_written_in_words_and_lines_of_the_standards_length(text: str) -> None:
    for raw in (outgoing(subject=text).as_bytes(), flatten_message(outgoing(subject=text))):
        lines = header_lines(raw, b"Subject")
        words = re.findall(rb"=\?utf-8\?b\?[^?]*\?=", b"".join(lines))
        assert all(len(line) <= 76 for line in lines)
        assert all(len(word) <= 75 for word in words)
        written = b"".join(lines).removeprefix(b"Subject: ")
        assert decoded(written) == text


@given(name=READABLE)
def test_a_name_is_read_as_it_was_written_in_lines_of_the_standards_length(name: str) -> None:
    lines = header_lines(outgoing(name=name).as_bytes(), b"From")
    if not display_name(name):
        assert lines == [b"From: no-reply@example.com"]
        return
    assert all(len(line) <= 76 for line in lines if b"=?" in line)
    written, _, address = b"".join(lines).removeprefix(b"From: ").rpartition(b"<")
    assert address == b"no-reply@example.com>"
    quoted = written.strip().startswith(b'"')
    shown = written.strip().strip(b'"').decode() if quoted else decoded(written.strip())
    assert shown.replace("\\", "") == display_name(name).replace("\\", "")


def decoded(written: bytes) -> str:
    """What a mail program shows of a header. (That of the standard library puts spaces into names.)"""
    parts = decode_header(written.decode())
    return "".join(part if isinstance(part, str) else part.decode() for part, _ in parts)


def header_lines(raw: bytes, name: bytes) -> list[bytes]:
    """The lines of a header, as they are on the wire."""
    lines = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    start = next(number for number, line in enumerate(lines) if line.startswith(name + b": "))
    more = itertools.takewhile(lambda line: line.startswith(b" "), lines[start + 1 :])
    return [lines[start], *more]


def test_a_domain_outside_ascii_travels_in_its_ascii_form() -> None:
    assert composed(to="kunde@bücher.example")["To"] == "kunde@xn--bcher-kva.example"
