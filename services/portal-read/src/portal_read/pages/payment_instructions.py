"""How to pay other than in the portal, as the business says it on the invoice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from chassis.words.catalogue import N_
from servicehub_events import BankAccount, PaymentInstruction

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.language import Language

_BANK_CODES: Final = {"GB": N_("Sort code"), "AU": N_("BSB"), "US": N_("Routing number")}


@dataclass(frozen=True, slots=True)
class InstructionRow:
    """What to write where on a transfer form."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class InstructionBlock:
    """One way to pay: words, and rows to copy."""

    text: str | None
    rows: list[InstructionRow]


def instructions_of(ctx: PageContext, language: Language, view: InvoiceView) -> list[InstructionBlock]:
    """None while nothing may be paid."""
    if view.money.payable == 0:
        return []
    return [_block(ctx, language, one) for one in view.invoice.payment_instructions]


def _block(ctx: PageContext, language: Language, instruction: PaymentInstruction) -> InstructionBlock:
    rows = list(_account(ctx, language, instruction.bank_account)) if instruction.bank_account else []
    if instruction.reference:
        rows.append(InstructionRow(language.words.gettext("Payment reference"), instruction.reference))
    return InstructionBlock(instruction.text, rows)


def _account(ctx: PageContext, language: Language, account: BankAccount) -> Iterator[InstructionRow]:
    code = _BANK_CODES.get(ctx.business.country, N_("Bank code"))
    for label, text in (
        (N_("Bank"), account.bank),
        (code, account.routing_number),
        (N_("Account type"), account.account_type),
        (N_("Account number"), account.account_number),
        (N_("Account holder"), account.account_holder),
        ("IBAN", account.iban),
        ("BIC", account.bic),
    ):
        if text:
            yield InstructionRow(language.words.gettext(label), text)
