"""Before a payment, where the business asks for it: a second proof of who is paying, or why there is none."""

from dataclasses import dataclass

from chassis.words.display import display_phone

from portal_read.pages.context import PageContext
from portal_read.pages.language import Language


@dataclass(frozen=True, slots=True)
class SecondProof:
    """What is asked for on the pay page; `back` leads there again. `why_not`: there is nothing to prove."""

    back: str
    asked: str
    why_not: str | None


def second_proof(ctx: PageContext, language: Language) -> SecondProof | None:
    """None for who may not pay, or has proved enough."""
    if not ctx.second_proof or not ctx.may_pay or ctx.contact is None:
        return None
    say, business, contact = language.words.gettext, ctx.business.name, ctx.contact
    back = ctx.path.removeprefix(f"{ctx.root}/")
    if contact.email and contact.phone:
        email, phone = _masked_email(contact.email), _masked_phone(contact.phone, ctx.business.country)
        asked = say(
            "Before a payment, {business} asks for a second code. Enter {email} or {phone}, whichever you "
            "did not sign in with.",
            business=business,
            email=email,
            phone=phone,
        )
        return SecondProof(back, asked, None)
    why_not = say(
        "Before a payment, {business} asks for codes to your email and your mobile number, and has only one "
        "of them. Ask them to add the other, or to take your payment in another way.",
        business=business,
    )
    return SecondProof(back, "", why_not)


def _masked_email(email: str) -> str:
    """`h•••@example.com`: whoever knows it knows it again, and nobody else learns it."""
    return f"{email[:1]}•••@{email.rpartition('@')[2]}"


def _masked_phone(phone: str, country: str) -> str:
    """`•••07`"""
    return f"•••{display_phone(phone, country)[-2:]}"
