"""One paper of each kind in each language, and awkward ones; `python -m papers.samples FOLDER` draws them.

They are what tests typeset, and what to look at after a template or a word changed.
"""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec.structs import replace
from servicehub_events import (
    Allocation,
    BankAccount,
    Business,
    Colours,
    CreditNote,
    Customer,
    Invoice,
    Issuer,
    Line,
    LoweredPrice,
    LoweredTax,
    Method,
    NamedTax,
    Payment,
    PaymentInstruction,
    Processor,
    Recipient,
    RecordedPayment,
    Refund,
    RefundNote,
    Reminders,
    Share,
    Support,
    TaxGroup,
    TaxRounding,
    TaxShare,
    Voiding,
)

from papers.typesetting import pictures, typeset
from papers.values import (
    CreditNotePaper,
    InvoicePaper,
    Paper,
    PaperLocale,
    ReceiptPaper,
    RefundPaper,
    StatementAccount,
    StatementItem,
    StatementPaper,
    StatementRow,
)

NOW: Final = datetime(2026, 11, 29, 0, 30, tzinfo=UTC)
SALES_TAX: Final = NamedTax(name="Sales tax", rate="8.875", jurisdiction="New York")


def sparkle() -> Business:
    """A cleaner in New York."""
    return Business(
        business_id="biz-sparkle",
        slug="sparkle-home",
        former_slugs=(),
        enabled=True,
        generation=1,
        name="Sparkle Home",
        theme_url="/branding/sparkle-home/theme.css",
        colours=Colours(primary="#1e7b57"),
        locales=("en", "ja"),
        default_locale="en",
        time_zone="America/New_York",
        currency="USD",
        country="US",
        support=Support(email="hello@sparklehome.example", phone="+12125550142"),
        reminders=Reminders(hours_before=(24,)),
    )


def hikari() -> Business:
    """A cleaner in Tokyo that issues qualified invoices."""
    return replace(
        sparkle(),
        business_id="biz-hikari",
        slug="hikari-seisou",
        name="ひかり清掃",
        colours=Colours(primary="#c94f16"),
        default_locale="ja",
        time_zone="Asia/Tokyo",
        currency="JPY",
        country="JP",
        support=Support(email="info@hikari-seisou.example", phone="+81300000142"),
    )


def _line(
    description: str, quantity: str, unit: str | None, price: int, amount: int, rate: str, **more: object
) -> Line:
    line = Line(
        description=description, quantity=quantity, unit=unit, unit_price=price, amount=amount, tax_rate=rate
    )
    return replace(line, **more)


def sparkle_invoice() -> Invoice:
    """$519.94: sales tax on two of three lines; $30.00 of it paid by check."""
    taxed = {"taxes": (SALES_TAX,)}
    return Invoice(
        business_id="biz-sparkle",
        invoice_id="inv-1047",
        number="1047",
        customer_id="cus-1",
        status="open",
        issued_on=date(2026, 11, 12),
        due_on=date(2026, 12, 12),
        service_on=date(2026, 12, 12),
        currency="USD",
        prices_include_tax=False,
        lines=(
            _line("Deep clean", "6", "hours", 6500, 39000, "8.875", **taxed),
            _line("Inside oven and fridge", "1", None, 6000, 6000, "8.875", **taxed),
            _line("Laundry, wash and fold", "2", "bags", 1500, 3000, "0"),
        ),
        tax_groups=(
            TaxGroup(
                rate="8.875",
                net=45000,
                tax=3994,
                taxes=(TaxShare(name="Sales tax", rate="8.875", jurisdiction="New York", tax=3994),),
            ),
            TaxGroup(rate="0", net=3000, tax=0),
        ),
        total=51994,
        recorded_payments=(
            RecordedPayment(id="r-1", method="cheque", amount=3000, received_on=date(2026, 11, 13)),
        ),
        payment_instructions=(
            PaymentInstruction(text="By check to Sparkle Home LLC; please write 1047 on it."),
        ),
        recipient=Recipient(name="Hannah Whitfield", address="120 Maple Street, Apt 3B\nBrooklyn, NY 11201"),
        issuer=Issuer(legal_name="Sparkle Home LLC", address="18 Atlantic Avenue, Brooklyn, NY 11201"),
    )


def hikari_invoice() -> Invoice:
    """¥52,760 at two rates, one of them reduced; ¥5,000 of it transferred."""
    return replace(
        sparkle_invoice(),
        business_id="biz-hikari",
        currency="JPY",
        lines=(
            _line("年末大掃除（キッチン・浴室・換気扇）", "1", "式", 38000, 38000, "10"),
            _line("エアコン清掃", "2", "台", 4000, 8000, "10"),
            _line("飲料水 2L×6本", "2", "箱", 1000, 2000, "8", reduced_rate=True),
        ),
        tax_groups=(TaxGroup(rate="10", net=46000, tax=4600), TaxGroup(rate="8", net=2000, tax=160)),
        tax_rounding=TaxRounding(level="group", direction="down"),
        total=52760,
        recorded_payments=(
            RecordedPayment(id="r-1", method="transfer", amount=5000, received_on=date(2026, 11, 13)),
        ),
        payment_instructions=(
            PaymentInstruction(
                bank_account=BankAccount(
                    bank="見本銀行 阿佐谷支店", account_type="普通", account_number="0000142"
                )
            ),
        ),
        recipient=Recipient(
            name="高橋 由美", honorific="様", address="東京都杉並区阿佐谷北1-2-3\nメゾン阿佐谷302"
        ),
        issuer=Issuer(
            legal_name="ひかり清掃株式会社",
            registration_number="T1234567890123",
            address="東京都杉並区高円寺南9-9-9",
        ),
    )


def paid(invoice: Invoice, amount: int) -> Payment:
    """A payment by card on the invoice."""
    return Payment(
        business_id=invoice.business_id,
        payment_id="pay-7Q2M-000318",
        customer_id=invoice.customer_id,
        status="captured",
        amount=amount,
        currency=invoice.currency,
        allocations=(Allocation(invoice_id=invoice.invoice_id, invoice_version=1, amount=amount),),
        method=Method(type="card", brand="visa", last4="4242"),
        refunds=(),
        processor=Processor(name="stripe", account="acct_1", reference="cs_1"),
        occurred_at=datetime(2026, 11, 20, 15, 44, tzinfo=UTC),
    )


def credited(invoice: Invoice) -> Invoice:
    """The invoice with a credit note over its last line of full tax."""
    line, group = invoice.lines[1], invoice.tax_groups[0]
    tax = line.amount * group.tax // group.net
    shares = tuple(replace(share, tax=tax) for share in group.taxes)
    note = CreditNote(
        id="cn-1",
        number="CN-000041",
        issued_on=date(2026, 12, 15),
        lines=(line,),
        tax_groups=(replace(group, net=line.amount, tax=tax, taxes=shares),),
        total=line.amount + tax,
    )
    return replace(invoice, credit_notes=(note,))


def refunded(payment: Payment, *taxes: LoweredTax, number: str = "CN-000041") -> Payment:
    """Some of the payment back: the price lowered by these taxes and their net, or ¥500 paid too much."""
    invoice_id, amount = payment.allocations[0].invoice_id, sum(tax.net + tax.tax for tax in taxes)
    lowered = (LoweredPrice(invoice_id=invoice_id, amount=amount, taxes=taxes),) if taxes else ()
    refund = Refund(
        refund_id="re-1",
        amount=amount or 500,
        allocations=(Share(invoice_id=invoice_id, amount=amount or 500),),
        at=datetime(2026, 11, 25, 1, tzinfo=UTC),
        note=RefundNote(number=number, copies=1, lowered=lowered),
    )
    return replace(payment, refunds=(refund,))


def samples() -> dict[str, Paper]:
    """Every sample by the name of its file."""
    return {
        **_of_each_kind("en", sparkle(), sparkle_invoice(), 10000, "Hannah Whitfield", ""),
        **_of_each_kind("ja", hikari(), hikari_invoice(), 5000, "高橋 由美 様", "清掃サービス代"),
        "statement-en": statement(sparkle(), "en", "USD", 100, "Invoice 1047, Deep clean"),
        "statement-ja": statement(hikari(), "ja", "JPY", 1, "ご請求 1047 年末大掃除"),
        **_awkward(),
    }


def statement(
    business: Business, locale: PaperLocale, currency: str, unit: int, invoice: str, steps: int = 6
) -> StatementPaper:
    """Invoices of 200 that are paid in part a week later, from an opening balance of 80; by property."""
    rows: list[StatementRow] = []
    balance, day = 80 * unit, date(2026, 10, 9)
    for number in range(steps):
        paid_now = number % 2 == 1
        change = -150 * unit if paid_now else 200 * unit
        balance += change
        rows.append(
            StatementRow(
                day=day + timedelta(days=7 * number),
                what=("Visa •••• 4242" if paid_now else invoice),
                charged=None if paid_now else change,
                paid=-change if paid_now else None,
                balance=balance,
            )
        )
    due, late = date(2026, 12, 12), balance - 100 * unit
    name = "高橋 由美" if locale == "ja" else "Hannah Whitfield"
    return StatementPaper(
        business=business,
        locale=locale,
        as_of=NOW,
        customer=Customer(
            business_id=business.business_id,
            customer_id="cus-1",
            display_name=name,
            kind="person",
            portal_access=True,
            contacts=(),
        ),
        first=date(2026, 10, 1),
        last=date(2026, 11, 30),
        accounts=(
            StatementAccount(
                currency=currency,
                opening=80 * unit,
                closing=balance,
                charged=sum(row.charged or 0 for row in rows),
                paid=sum(row.paid or 0 for row in rows),
                rows=tuple(rows),
                items=(StatementItem(what=invoice, due_on=due, total=200 * unit, left=balance + 24 * unit),),
                ages=(124 * unit, late, 0, 0, 0),
                credit=24 * unit,
                sites=(("Unit 4B", 50 * unit), ("Unit 2A", balance - 50 * unit)),
            ),
        ),
    )


def _of_each_kind(  # what differs between the two
    locale: PaperLocale, business: Business, invoice: Invoice, amount: int, addressee: str, purpose: str
) -> dict[str, Paper]:
    payment = paid(invoice, amount)
    return {
        f"invoice-{locale}": InvoicePaper(
            business=business, locale=locale, as_of=NOW, invoice=invoice, payments=(payment,)
        ),
        f"credit-note-{locale}": CreditNotePaper(
            business=business, locale=locale, as_of=NOW, invoice=credited(invoice), number="CN-000041"
        ),
        f"receipt-{locale}": ReceiptPaper(
            business=business,
            locale=locale,
            as_of=NOW,
            payment=payment,
            number="R-000318",
            addressee=addressee,
            purpose=purpose,
            made_at=NOW,
            invoices=(invoice,),
            payments=(payment,),
        ),
        f"refund-{locale}": RefundPaper(
            business=business,
            locale=locale,
            as_of=NOW,
            payment=refunded(payment, *_lowered(invoice)),
            refund_id="re-1",
            addressee=addressee,
            made_at=NOW,
            invoices=(invoice,),
        ),
    }


def _lowered(invoice: Invoice) -> tuple[LoweredTax, ...]:
    """A tenth of each tax group."""
    return tuple(
        LoweredTax(rate=group.rate, net=group.net // 10, tax=group.tax // 10) for group in invoice.tax_groups
    )


def _awkward() -> dict[str, Paper]:
    """A receipt made out anew, a void invoice, and one of eighty lines."""
    void = replace(sparkle_invoice(), status="void", voiding=Voiding(on=date(2026, 11, 18)))
    return {
        "receipt-ja-copy-2": ReceiptPaper(
            business=hikari(),
            locale="ja",
            as_of=NOW,
            payment=paid(hikari_invoice(), 52760),
            number="R-000318",
            addressee="ひかり商事 御中",
            purpose="清掃サービス代",
            copy=2,
            made_at=NOW,
            replaces_made_at=datetime(2026, 11, 20, 16, tzinfo=UTC),
            invoices=(hikari_invoice(),),
            payments=(paid(hikari_invoice(), 52760),),
        ),
        "refund-ja-overpaid": RefundPaper(
            business=hikari(),
            locale="ja",
            as_of=NOW,
            payment=refunded(paid(hikari_invoice(), 53260), number="RF-000007"),
            refund_id="re-1",
            addressee="ひかり商事 御中",
            made_at=NOW,
            copy=2,
            replaces_made_at=datetime(2026, 11, 26, 16, tzinfo=UTC),
            invoices=(hikari_invoice(),),
        ),
        "invoice-en-void": InvoicePaper(business=sparkle(), locale="en", as_of=NOW, invoice=void),
        "invoice-ja-80-lines": InvoicePaper(
            business=hikari(), locale="ja", as_of=NOW, invoice=eighty_lines()
        ),
    }


def eighty_lines() -> Invoice:
    """¥46,000 in eighty lines."""
    days = tuple(_line(f"清掃 {day}日目", "1", "回", 575, 575, "10") for day in range(1, 81))
    return replace(
        hikari_invoice(), lines=days, tax_groups=(TaxGroup(rate="10", net=46000, tax=4600),), total=50600
    )


def main(folder: Path) -> None:
    """Write each sample as PDF, and each of its pages as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, paper in samples().items():
        (folder / f"{name}.pdf").write_bytes(typeset(paper))
        for number, picture in enumerate(pictures(paper), start=1):
            (folder / f"{name}-{number}.png").write_bytes(picture)


if __name__ == "__main__":
    main(Path(*sys.argv[1:]) if sys.argv[1:] else Path(".local/papers"))
