"""What reminders say: the relative day with its date, who comes, where, what is left; texts in one part."""

from datetime import timedelta

import pytest
from chassis.words.languages import LOCALES
from msgspec.structs import replace
from notifier.domain.kinds import ReminderKind
from notifier.messages import sms
from notifier.messages.invoice_reminders import InvoiceReminder, invoice_reminder_email, invoice_reminder_sms
from notifier.messages.style import MessageStyle
from notifier.messages.visit_reminders import VisitReminder, visit_reminder_email, visit_reminder_sms
from reminder_news import NOW, VISIT, invoice_news, reminded_visits
from servicehub_events import Support
from servicehub_events_tools.testing import samples

SPARKLE = replace(
    samples.business(),
    name="Sparkle Home",
    slug="sparkle-home",
    time_zone="America/New_York",
    country="US",
    currency="USD",
    support=Support(phone="+12125550142"),
)
HIKARI = replace(
    SPARKLE, name="ひかり清掃", slug="hikari", country="JP", support=Support(phone="+81300000142")
)


def style(locale: str, **changes: object) -> MessageStyle:
    business = SPARKLE if locale == "en" else HIKARI
    return MessageStyle.of(replace(business, **changes), locale, "https://my.mail.example")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def subject(locale: str, news: VisitReminder) -> str:
    return plain(visit_reminder_email(style(locale), news).subject)


def invoice_subject(kind: ReminderKind, locale: str, news: InvoiceReminder) -> str:
    return plain(invoice_reminder_email(kind, style(locale), news).subject)


def test_the_day_before_is_tomorrow_with_its_date() -> None:
    assert subject("en", reminded_visits()) == "Tomorrow: Tue, Nov 24, 10:00 AM – 12:00 PM"
    assert subject("ja", reminded_visits()) == "明日11月24日(火)10:00〜12:00に伺います"
    text = plain(visit_reminder_email(style("en"), reminded_visits()).text)
    assert "Maria Reyes is coming tomorrow, Tuesday, November 24, 10:00 AM – 12:00 PM." in text
    assert "Please note: Tell the front desk that Maria is coming." in text
    assert "Where: 120 Maple Street, Apt 3B, Brooklyn" in text
    assert "https://my.mail.example/portal/sparkle-home/appointments/v-0" in text
    assert (
        "明日11月24日(火)10:00〜12:00に、Maria Reyesが伺います。"
        in visit_reminder_email(style("ja"), reminded_visits()).text
    )


def test_a_relative_day_is_said_only_while_it_is_true() -> None:
    today, earlier = NOW + timedelta(hours=22), NOW - timedelta(hours=24)
    assert subject("en", reminded_visits(now=today, on_the_day=True)) == "Today, Nov 24: 10:00 AM – 12:00 PM"
    assert (
        subject("ja", reminded_visits(now=today, on_the_day=True)) == "本日11月24日(火)10:00〜12:00に伺います"
    )
    assert subject("en", reminded_visits(now=earlier)) == "Visit: Tue, Nov 24, 10:00 AM – 12:00 PM"
    assert subject("ja", reminded_visits(now=earlier)) == "11月24日(火)10:00〜12:00に伺います"
    evening = reminded_visits(now=NOW + timedelta(hours=10), on_the_day=True)
    assert subject("en", evening).startswith("Tomorrow: ")


def test_a_site_in_another_zone_has_its_zone_named() -> None:
    abroad = reminded_visits(time_zone="Asia/Kolkata")
    assert subject("en", abroad) == "Tomorrow: Tue, Nov 24, 8:30 – 10:30 PM, Kolkata time"
    assert "20:30〜22:30（" in subject("ja", reminded_visits(time_zone="Asia/Kolkata"))
    assert "time" not in subject("en", reminded_visits(time_zone="America/Toronto"))  # the same clock


def test_several_visits_are_one_message_with_a_row_each() -> None:
    assert subject("en", reminded_visits(3)) == "Tomorrow, Tue, Nov 24: 3 visits from 10:00 AM"
    assert subject("ja", reminded_visits(3)) == "明日11月24日(火)は3件伺います（10:00から）"
    text = plain(visit_reminder_email(style("en"), reminded_visits(3)).text)
    assert "You have 3 visits tomorrow, Tuesday, November 24." in text
    assert text.count("120 Maple Street") == 3
    many = plain(
        visit_reminder_email(style("en"), reminded_visits(14, start=VISIT.start, end=VISIT.end)).text
    )
    assert many.count("120 Maple Street") == 10
    assert "More: and 4 more on your page" in many


def test_a_day_without_a_promised_time_is_told_without_one() -> None:
    whole = reminded_visits(whole_days="all_day")
    assert subject("en", whole) == "Tomorrow: Tue, Nov 24"
    assert subject("ja", whole) == "明日11月24日(火)に伺います"
    assert "10:00" not in visit_reminder_sms(style("en"), whole)


@pytest.mark.parametrize("staff", [(), ("Maria Reyes", "Devon Park")])
def test_who_comes_is_said_as_far_as_it_is_known(staff: tuple[str, ...]) -> None:
    text = plain(visit_reminder_email(style("en"), reminded_visits(staff=staff)).text)
    who = "Maria Reyes and Devon Park are" if staff else "We are"
    assert f"{who} coming tomorrow" in text
    assert ("Who comes:" in text) == bool(staff)


def test_texts_are_those_of_the_design() -> None:
    assert visit_reminder_sms(style("en"), reminded_visits()) == (
        "Sparkle Home: tomorrow, Tue, Nov 24, 10:00 AM-12:00 PM, Maria Reyes is coming."
        " To change it call (212) 555-0142"
    )
    assert visit_reminder_sms(style("ja"), reminded_visits()).startswith(
        "【ひかり清掃】明日11月24日(火)10:00〜12:00にMaria Reyesが伺います。"
    )
    assert invoice_reminder_sms("invoice_due_soon", style("en"), invoice_news()) == (
        "Sparkle Home: invoice 1052, $170.98, is due Sat, Nov 28."
        " See and pay: https://my.mail.example/portal/sparkle-home"
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_fits_one_part_with_the_whole_name(locale: str) -> None:
    long_name = reminded_visits(staff=("Maximiliane Alexandra von Hohenstein-Wittelsbach",))
    texts = [
        visit_reminder_sms(style(locale), news)
        for news in (
            reminded_visits(),
            reminded_visits(3),
            reminded_visits(on_the_day=True),
            reminded_visits(staff=()),
            long_name,
        )
    ]
    for news in (invoice_news(), invoice_news(5000), invoice_news(5000, 7000)):
        texts.append(invoice_reminder_sms("invoice_due_soon", style(locale), news))
        texts.append(invoice_reminder_sms("invoice_overdue", style(locale), news))
        last = invoice_news(*(invoice.left for invoice in news.invoices), last=True)
        texts.append(invoice_reminder_sms("invoice_overdue", style(locale), last))
    name = "Sparkle Home: " if locale == "en" else "【ひかり清掃】"
    assert [text for text in texts if not (sms.is_one_part(text) and text.startswith(name))] == []


def test_what_is_due_is_said_with_what_is_left() -> None:
    assert (
        invoice_subject("invoice_due_soon", "en", invoice_news())
        == "Invoice 1052 is due Saturday, November 28"
    )
    assert invoice_subject("invoice_due_soon", "ja", invoice_news()) == "請求書1052のお支払期限は11月28日です"
    assert invoice_subject("invoice_overdue", "en", invoice_news()) == "Invoice 1052 was due November 28"
    last = invoice_news(9598, last=True)
    assert invoice_subject("invoice_overdue", "en", last) == "Please pay invoice 1052, due November 28"
    text = plain(invoice_reminder_email("invoice_overdue", style("en"), last).text)
    assert "We have not received $95.98 for invoice 1052, due November 28." in text
    assert "Amount: $95.98 of $170.98" in text
    assert "please call us" in text


def test_several_invoices_have_their_sum_only_in_one_currency() -> None:
    two = invoice_news(10000, 7098)
    mail = invoice_reminder_email("invoice_overdue", style("en"), two)
    assert (
        mail.subject == "2 invoices are past due (Nov\u00a023)".replace("\u00a0", " ")
        or "2 invoices" in mail.subject
    )
    assert "Pay $170.98\nhttps://my.mail.example/portal/sparkle-home/invoices\n" in plain(mail.text)
    assert "Invoice 1052: $100.00, was due November 28, 2026" in plain(mail.text)
    mixed = InvoiceReminder(
        [*two.invoices[:1], *invoice_news(500, currency="JPY").invoices], False, True, two.today
    )
    text = plain(invoice_reminder_email("invoice_overdue", style("en"), mixed).text)
    assert "See your invoices\n" in text
    assert "Pay " not in text


def test_a_button_pays_only_what_it_says() -> None:
    links = MessageStyle.of(SPARKLE, "en", "https://my.mail.example", lambda invoice_id: f"t-{invoice_id}")
    text = invoice_reminder_email("invoice_due_soon", links, invoice_news()).text
    assert "Pay $170.98\nhttps://my.mail.example/portal/sparkle-home/pay/t-i-0" in text
    deposit = invoice_reminder_email("invoice_due_soon", links, invoice_news(deposit=5000)).text
    assert "See the invoice\nhttps://my.mail.example/portal/sparkle-home/invoices/i-0" in deposit
