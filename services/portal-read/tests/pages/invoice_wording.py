# ruff: noqa: E501 - a row is one line
"""What invoices can say, each with a field of the event and how it reads: the rows of invoice-wording.md."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import msgspec
import servicehub_events as e
from page_samples import US_CONTEXT, group, line, us_invoice, view
from portal_read import pages
from portal_read.pages import InvoiceView
from rendered import Page

DUE = date(2026, 12, 12)


class Wording(NamedTuple):
    """One thing, the field it is in, the invoice of the example, and what the page says in each language."""

    thing: str
    field: str
    changes: Mapping[str, object]
    en: str
    ja: str


def shown(wording: Wording) -> InvoiceView:
    """The invoice of the example."""
    return view(us_invoice(1058, DUE, (45000, 3994), **wording.changes))


def page_of(wording: Wording, locale: str) -> Page:
    """Its page."""
    return Page(pages.invoice(replace(US_CONTEXT, locale=locale), shown(wording)))


def _line(**more: object) -> Mapping[str, object]:
    return {"lines": (msgspec.structs.replace(line("Deep clean", "6", 7500, 45000, "8.875"), **more),)}


def _untaxed(category: e.TaxCategory, reason: str | None = None) -> Mapping[str, object]:
    return {
        "lines": (line("Work", "1", 45000, 45000, "0"),),
        "tax_groups": (e.TaxGroup(rate="0", net=45000, tax=0, category=category, exemption_reason=reason),),
        "total": 45000,
    }


def _recorded(**more: object) -> Mapping[str, object]:
    fields: dict[str, object] = {"id": "r-1", "method": "other", "amount": 3000, "received_on": "2026-11-13"}
    return {"recorded_payments": [{**fields, **more}]}


def _issuer(**more: object) -> Mapping[str, object]:
    return {"issuer": {"legal_name": "Sparkle Home LLC", **more}}


def _recipient(**more: object) -> Mapping[str, object]:
    return {"recipient": {"name": "Cedar Row Holdings", **more}}


def _bank(**account: str) -> Mapping[str, object]:
    return {"payment_instructions": [{"bank_account": account}]}


_TWO_TAXES = {
    "lines": (line("Work", "1", 1010, 1010, "12"),),
    "tax_groups": (
        e.TaxGroup(
            rate="12",
            net=1010,
            tax=122,
            taxes=(e.TaxShare(name="GST", rate="5", tax=51), e.TaxShare(name="PST", rate="7", tax=71)),
        ),
    ),
    "total": 1132,
}
_CITY = {
    "tax_groups": (
        e.TaxGroup(
            rate="8.875",
            net=45000,
            tax=3994,
            taxes=(
                e.TaxShare(name="Sales tax", rate="8.5", jurisdiction="New York", tax=3825),
                e.TaxShare(name="MCTD surcharge", rate="0.375", tax=169),
            ),
        ),
    )
}
_CREDIT = {
    "credit_notes": (
        e.CreditNote(
            id="cn-41",
            number="CN-41",
            issued_on=date(2026, 11, 19),
            reason="Oven not done",
            lines=(line("Oven", "1", 6000, 6000, "8.875"),),
            tax_groups=(group("8.875", 6000, 533),),
            total=6533,
        ),
    )
}
_REPLACED = {
    "on": "2026-11-18",
    "reason": "Wrong address",
    "replaced_by": {"invoice_id": "i", "number": "1059"},
}

WORDINGS: Sequence[Wording] = (
    Wording("quantity with a Japanese unit", "lines[].unit", _line(unit="台"), "6 台 × $75.00", "6台 × $75.00"),
    Wording("quantity with its unit", "lines[].unit", _line(unit="hours"), "6 hours × $75.00", "6 hours × $75.00"),
    Wording("day of one line", "lines[].service_on", _line(service_on=date(2026, 11, 3)), "6 × $75.00 · Nov 3", "6 × $75.00 · 11月3日"),
    Wording("days of one line", "lines[].service_until", _line(service_on=date(2026, 11, 1), service_until=date(2026, 11, 28)), "Nov 1 – Nov 28", "11月1日〜11月28日"),
    Wording("two taxes", "tax_groups[].taxes", _TWO_TAXES, "GST 5% on $10.10 $0.51 PST 7% on $10.10 $0.71", "5%対象 $10.10（GST） $0.51 7%対象 $10.10（PST） $0.71"),
    Wording("whose tax it is", "tax_groups[].taxes[].jurisdiction", _CITY, "Sales tax (New York) 8.5% on $450.00 $38.25", "8.5%対象 $450.00（Sales tax・New York） $38.25"),
    Wording("zero-rated", "tax_groups[].category", _untaxed("zero_rated"), "Zero-rated: $450.00 $0.00", "税率0%対象 $450.00 $0.00"),
    Wording("exempt", "tax_groups[].category", _untaxed("exempt"), "Tax exempt: $450.00 —", "非課税 $450.00 —"),
    Wording("reverse charge", "tax_groups[].category", _untaxed("reverse_charge"), "Reverse charge: $450.00 —", "リバースチャージ対象 $450.00 —"),
    Wording("supply to another EU state", "tax_groups[].category", _untaxed("intra_community"), "Supply within the EU: $450.00 —", "EU域内取引 $450.00 —"),
    Wording("export", "tax_groups[].category", _untaxed("export"), "Export, tax free: $450.00 —", "輸出免税 $450.00 —"),
    Wording("outside the scope", "tax_groups[].category", _untaxed("outside_scope"), "Outside the scope of tax: $450.00 —", "対象外 $450.00 —"),
    Wording("rate 0, nothing said", "lines[].tax_rate", {"lines": (line("Work", "1", 45000, 45000, "0"),), "tax_groups": (group("0", 45000, 0),), "total": 45000}, "no tax", "対象外（0%）"),
    Wording("why it is not taxed", "tax_groups[].exemption_reason", _untaxed("exempt", "§ 19 UStG"), "§ 19 UStG", "§ 19 UStG"),
    Wording("how tax was rounded", "tax_rounding", {"tax_rounding": {"level": "group", "direction": "half_up"}}, "Tax is rounded half up, once per rate.", "税額の端数は税率ごとに四捨五入しています。"),
    Wording("withholding tax", "withholdings", {"withholdings": [{"base": 45000, "rate": "10.21", "amount": 4594}]}, "Withholding tax 10.21% on $450.00 −$45.94 To be paid $444.00", "源泉徴収税額（10.21%）対象額 $450.00 −$45.94 差引ご請求額 $444.00"),
    Wording("credit note, in the sums", "credit_notes", _CREDIT, "Credit note CN-41, Nov 19 −$65.33 To be paid $424.61", "返金明細書 CN-41（11月19日） −$65.33 差引ご請求額 $424.61"),
    Wording("credit note, in the story", "credit_notes[].reason", _CREDIT, "Credit note CN-41, $65.33 Oven not done left $424.61", "返金明細書 CN-41 $65.33 Oven not done 残額 $424.61"),
    Wording("service date", "service_on", {"service_on": "2026-12-12"}, "Service date December 12, 2026", "取引年月日 2026年12月12日"),
    Wording("service dates", "service_until", {"service_on": "2026-11-01", "service_until": "2026-11-28"}, "Service dates November 1, 2026 – November 28, 2026", "取引期間 2026年11月1日〜2026年11月28日"),
    Wording("tax point", "tax_point", {"tax_point": "2026-11-12"}, "Tax point November 12, 2026", "課税時期 2026年11月12日"),
    Wording("VAT number", "issuer.tax_ids", _issuer(tax_ids=[{"name": "VAT number", "value": "GB 123 4567 89"}]), "Sparkle Home LLC VAT number GB 123 4567 89", "Sparkle Home LLC VAT number GB 123 4567 89"),
    Wording("company number", "issuer.company_number", _issuer(company_number="01234567"), "Company number 01234567", "会社番号 01234567"),
    Wording("registered office", "issuer.registered_office", _issuer(registered_office="9 Water Street"), "Registered office: 9 Water Street", "本店所在地 9 Water Street"),
    Wording("trade name", "issuer.trading_name", _issuer(trading_name="Sparkle Home"), "Sparkle Home LLC, trading as Sparkle Home", "Sparkle Home（Sparkle Home LLC）"),
    Wording("telephone of the issuer", "issuer.phone", _issuer(phone="(212) 555-0142"), "Sparkle Home LLC (212) 555-0142", "Sparkle Home LLC (212) 555-0142"),
    Wording("department", "recipient.department", _recipient(department="Accounts"), "Cedar Row Holdings Accounts", "Cedar Row Holdings 様 Accounts"),
    Wording("honorific of the recipient", "recipient.honorific", _recipient(honorific="御中"), "Billed to Cedar Row Holdings", "宛名 Cedar Row Holdings 御中"),
    Wording("VAT number of the recipient", "recipient.tax_ids", _recipient(tax_ids=[{"name": "VAT ID", "value": "DE123456789"}]), "VAT ID DE123456789", "VAT ID DE123456789"),
    Wording("purchase order", "purchase_order", {"purchase_order": "88-1204"}, "Purchase order 88-1204", "ご発注番号 88-1204"),
    Wording("correction", "revision", {"revision": {"number": 2, "on": "2026-12-03", "reason": "Hours corrected"}}, "Revised December 3, 2026 (revision 2) Hours corrected", "修正版 2026年12月3日（第2版） Hours corrected"),
    Wording("void since", "voiding.on", {"status": "void", "voiding": _REPLACED}, "This invoice has been void since Nov 18.", "この請求書は11月18日に取り消されました。"),
    Wording("replaced by", "voiding.replaced_by", {"status": "void", "voiding": _REPLACED}, "See invoice 1059 in its place", "代わりの請求書1059を見る"),
    Wording("how to pay, in words", "payment_instructions[].text", {"payment_instructions": [{"text": "By check to Sparkle Home LLC."}]}, "How to pay By check to Sparkle Home LLC.", "お支払い方法 By check to Sparkle Home LLC."),
    Wording("bank account", "payment_instructions[].bank_account", _bank(bank="Sample Bank", routing_number="021000021", account_type="Checking", account_number="000123", account_holder="Sparkle Home LLC"), "Bank Sample Bank Routing number 021000021 Account type Checking Account number 000123 Account holder Sparkle Home LLC", "銀行 Sample Bank ルーティング番号 021000021 口座種別 Checking 口座番号 000123 口座名義 Sparkle Home LLC"),
    Wording("IBAN and BIC", "payment_instructions[].bank_account.iban", _bank(iban="DE02 1203 0000 0000 2020 51", bic="BYLADEM1001"), "IBAN DE02 1203 0000 0000 2020 51 BIC BYLADEM1001", "IBAN DE02 1203 0000 0000 2020 51 BIC BYLADEM1001"),
    Wording("what to state", "payment_instructions[].reference", {"payment_instructions": [{"reference": "RF18 1058"}]}, "Payment reference RF18 1058", "お支払い時の参照番号 RF18 1058"),
    Wording("paid by PayPal", "recorded_payments[].means", _recorded(means="paypal"), "$30.00 by PayPal", "$30.00 PayPal"),
    Wording("paid by card terminal", "recorded_payments[].means", _recorded(means="card"), "$30.00 by card", "$30.00 カード"),
    Wording("paid by direct debit", "recorded_payments[].means", _recorded(means="direct_debit"), "$30.00 by direct debit", "$30.00 口座振替"),
    Wording("paid by what has no word here", "recorded_payments[].means_name", _recorded(means="voucher", means_name="gift card"), "$30.00 by gift card", "$30.00 gift card"),
    Wording("receipt of the business", "recorded_payments[].receipt_number", _recorded(method="cash", receipt_number="R-318"), "Recorded by Sparkle Home · Receipt R-318", "Sparkle Homeが入金を確認 · 領収書 R-318"),
    Wording("credit that was used here", "recorded_payments[].credit_of", _recorded(credit_of={"invoice_id": "inv-7", "number": "1031"}), "$30.00 from your credit of invoice 1031", "$30.00 お預かり金から充当（請求書 1031）"),
    Wording("credit that was used elsewhere", "recorded_payments[].refunds[].used_for", _recorded(refunds=[{"id": "rr-1", "amount": 1000, "refunded_on": "2026-11-14", "used_for": {"invoice_id": "inv-9", "number": "1050"}}]), "$10.00 used for invoice 1050", "$10.00 請求書 1050に充当"),
    Wording("cash that went back", "recorded_payments[].refunds", _recorded(method="cash", refunds=[{"id": "rr-1", "amount": 1000, "refunded_on": "2026-11-14"}]), "$10.00 refunded in cash", "$10.00 現金で返金"),
)  # fmt: skip
