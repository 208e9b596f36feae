"""The Japanese business of the samples: qualified invoices, a konbini payment, an organisation too."""

from dataclasses import replace
from datetime import date, datetime

import msgspec
import servicehub_events as e
from page_samples import TOKYO, Season, disputed, group, line, message, payment, recorded, refunded, view
from portal_read.pages import PageContext

HIKARI = e.Business(
    business_id="b-hikari",
    slug="hikari",
    former_slugs=(),
    enabled=True,
    generation=1,
    name="ひかり清掃",
    theme_url="/branding/hikari/theme-1.css",
    colours=e.Colours(primary="#C94F16"),
    locales=("ja", "en"),
    default_locale="ja",
    time_zone="Asia/Tokyo",
    currency="JPY",
    country="JP",
    website="https://hikari-seisou.example/",
    support=e.Support(phone="+81312345678", hours="月〜金 8:00〜18:00、土 9:00〜13:00"),
    disclosure_url="https://hikari-seisou.example/law",
    reminders=e.Reminders(hours_before=(24,)),
)
YUMI = e.Contact(contact_id="k-1", name="高橋 由美", email="yumi@mail.example")
TAKAHASHI = e.Customer(
    business_id="b-hikari",
    customer_id="c-1",
    display_name="高橋 由美",
    kind="person",
    portal_access=True,
    contacts=(YUMI,),
)
CLINIC = e.Customer(
    business_id="b-hikari",
    customer_id="c-2",
    display_name="高橋歯科医院",
    kind="organisation",
    portal_access=True,
    contacts=(e.Contact(contact_id="k-2", name="高橋 由美", roles=("invoices",)),),
)
JP_CONTEXT = PageContext(
    business=HIKARI,
    locale="ja",
    now=datetime(2026, 11, 20, 10, 42, tzinfo=TOKYO),
    path="/portal/hikari",
    as_of=datetime(2026, 11, 20, 10, 42, tzinfo=TOKYO),
    customer=TAKAHASHI,
    contact=YUMI,
    live_url="/portal/hikari/live",
)


def jp(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=TOKYO)


def jp_visit(id: str, start: datetime, hours: int, status: e.AppointmentStatus, *staff: str) -> e.Appointment:  # noqa: A002
    return e.Appointment(
        business_id="b-hikari",
        appointment_id=id,
        customer_id="c-1",
        status=status,
        service=e.Service(name="定期清掃", items=("キッチン", "浴室", "床", "寝具の交換")),
        window=e.Window(start=start, end=start.replace(hour=start.hour + hours), time_zone="Asia/Tokyo"),
        staff=tuple(e.StaffMember(staff_id=name, name=name) for name in staff),
        site=e.Site(label="メゾン阿佐谷302", address="東京都杉並区阿佐谷北1-2-3"),
        series=e.Series(id="series-1", rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"),
    )


JP_NEXT = msgspec.structs.replace(
    jp_visit("a-1", jp(11, 22, 10), 2, "scheduled", "佐藤 健一"),
    rescheduled_from=e.FormerWindow(start=jp(11, 22, 13), end=jp(11, 22, 15), at=jp(11, 18, 16, 12)),
    instructions="管理人の方への来訪のご連絡をお願いします。",
)
JP_DONE = msgspec.structs.replace(
    jp_visit("a-4", jp(11, 1, 10), 2, "completed", "鈴木 美咲"),
    completed=e.Completion(at=jp(11, 1, 12, 1), summary="キッチン・浴室・床・寝具の交換"),
)


def jp_invoice(number: int, due: date, **more: object) -> e.Invoice:
    fields: dict[str, object] = {
        "business_id": "b-hikari",
        "invoice_id": f"i-{number}",
        "number": str(number),
        "customer_id": "c-1",
        "status": "open",
        "issued_on": date(2026, 11, 1),
        "due_on": due,
        "currency": "JPY",
        "prices_include_tax": False,
        "lines": (line("定期清掃 11月1日", "1", 13500, 13500, "10"),),
        "tax_groups": (group("10", 13500, 1350),),
        "total": 14850,
        "recorded_payments": (),
        "issuer": e.Issuer(legal_name="ひかり清掃", registration_number="T1234567890123"),
    }
    return msgspec.convert({**fields, **more}, e.Invoice, from_attributes=True)


JP_OVERDUE = jp_invoice(
    1042, date(2026, 11, 14), recorded_payments=(recorded("r-1", "transfer", 8000, date(2026, 11, 10)),)
)
JP_DEPOSIT = jp_invoice(
    1047,
    date(2026, 12, 12),
    issued_on=date(2026, 11, 12),
    lines=(
        line("年末大掃除(キッチン・浴室・換気扇)", "1", 38000, 38000, "10"),
        line("エアコン清掃", "2", 4000, 8000, "10"),
        line("飲料水 2L×6本", "2", 1000, 2000, "8", reduced=True),
    ),
    tax_groups=(group("10", 46000, 4600), group("8", 2000, 160)),
    total=52760,
    deposit=e.Deposit(amount=15000, due_on=date(2026, 11, 28)),
    recorded_payments=(recorded("r-2", "transfer", 5000, date(2026, 11, 13)),),
)
JP_KONBINI = jp_invoice(1039, date(2026, 11, 30), lines=(line("定期清掃 10月18日", "1", 13500, 13500, "10"),))
JP_PAID = jp_invoice(1031, date(2026, 10, 20), lines=(line("定期清掃 10月4日", "1", 13500, 13500, "10"),))
JP_REFUNDED = jp_invoice(1024, date(2026, 10, 6), lines=(line("窓清掃 9月20日", "1", 13500, 13500, "10"),))
JP_DISPUTED = jp_invoice(1019, date(2026, 9, 22), lines=(line("ソファ清掃 9月6日", "1", 13500, 13500, "10"),))
JP_VOID = jp_invoice(1012, date(2026, 9, 8), status="void")
KONBINI_PAYMENT = msgspec.structs.replace(
    payment(JP_KONBINI, 14850, "processing", jp(11, 19, 9)),
    method=e.Method(type="konbini"),
    expires_at=jp(11, 22, 23, 59),
)

HIKARI_SEASON = Season(
    JP_CONTEXT,
    upcoming=(JP_NEXT, jp_visit("a-2", jp(12, 6, 10), 2, "scheduled", "佐藤 健一", "鈴木 美咲")),
    past=(JP_DONE, jp_visit("a-6", jp(10, 18, 10), 2, "missed", "佐藤 健一")),
    invoices=(
        replace(
            view(JP_OVERDUE),
            messages=(
                message("invoice_issued", jp(10, 31, 18), "y…@mail.example"),
                message("invoice_overdue", jp(11, 17, 10), "…0142", "twilio_30006"),
                message("invoice_overdue", jp(11, 17, 10, 1), "y…@mail.example"),
            ),
        ),
        view(JP_DEPOSIT, payment(JP_DEPOSIT, 5000, "captured", jp(11, 15, 21, 20))),
        view(JP_KONBINI, KONBINI_PAYMENT),
        view(JP_PAID, payment(JP_PAID, 14850, "captured", jp(10, 7, 9))),
        view(
            JP_REFUNDED, refunded(payment(JP_REFUNDED, 14850, "captured", jp(9, 25, 9)), 2200, jp(9, 28, 9))
        ),
        view(JP_DISPUTED, disputed(payment(JP_DISPUTED, 14850, "captured", jp(9, 12, 9)))),
        view(JP_VOID),
    ),
)
