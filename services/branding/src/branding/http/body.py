"""The body of `PUT /branding/businesses/{id}`: checked whole, every problem told at once and by its field.

The docstring below a field is its description in the API's own document.
"""

from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator
from servicehub_events import Colours, Reminders, RequestRules, Support, SurplusHandling, Tips
from servicehub_events.money import exponent

from branding.domain.portal import READ_ONLY, ReviseBranding
from branding.errors import InvalidBranding
from branding.http.body_parts import ColoursIn, ReadOnlyIn, RemindersIn, RequestsIn, SupportIn, TipsIn
from branding.http.fields import (
    Colour,
    Country,
    Currency,
    Domain,
    Https,
    Line,
    Lines,
    LocaleName,
    Name,
    Slug,
    StripeAccount,
    TimeZone,
)


class BrandingIn(ReadOnlyIn):
    """Everything about a portal but its logo and its switch. What is left out is taken away."""

    slug: Slug
    """The name of the portal in its address, for ever this business's: 3 to 63 of a-z, 0-9 and `-`."""
    name: Name
    """What the business is called, as customers see it."""
    colours: ColoursIn | None = None
    """The colours the business picked. Required, unless `primary_colour` is there."""
    primary_colour: Annotated[Colour | None, Field(json_schema_extra={"deprecated": True})] = None
    """Former form of `colours.primary`."""
    accent: Annotated[Colour | None, Field(json_schema_extra={"deprecated": True})] = None
    """Former form of `colours.accent`."""
    locales: Annotated[tuple[LocaleName, ...], Field(min_length=1, max_length=10)]
    """The languages it offers."""
    default_locale: LocaleName
    """The language when nothing else is known; one of `locales`."""
    time_zone: TimeZone
    """The IANA time zone of its calendar days, such as `America/New_York`."""
    currency: Currency
    """The ISO 4217 code of the currency it usually charges in; each invoice names its own."""
    country: Country
    """The ISO 3166-1 code of where it is."""
    support: SupportIn
    """How customers reach it; every part may be left out."""
    postal_address: Lines | None = None
    """Where post reaches it, on as many lines as it takes."""
    website: Https | None = None
    """Its own website."""
    legal_name: Line | None = None
    """What it is called in law. Below its pages and mails; an invoice names its own issuer."""
    stripe_account: StripeAccount | None = None
    """The connected Stripe account that receives payments; left out: nothing can be paid online."""
    tips: TipsIn | None = None
    """What customers may add for the staff when they pay online; left out: no page offers a tip. It is money
    beside the invoice, told by `tip` of a payment's events."""
    saved_cards: bool = False
    """Whether customers may keep a card for their next payments, at Stripe, until they remove it."""
    second_proof_to_pay: bool = False
    """Whether who pays online proves a second address before: codes to the email address and to the phone
    number that you hold of them. A contact with one of the two alone can't pay online then."""
    pay_links: bool = True
    """Whether mails that ask for money carry a link by which whoever has the mail pays that one invoice
    without signing in. With `second_proof_to_pay` there is none."""
    disclosure_url: Https | None = None
    """Its legal disclosure (特定商取引法に基づく表記)."""
    surplus_handling: SurplusHandling = "refund"
    """What becomes of money paid online that nothing is owed for any more, as of a konbini voucher that was
    paid after its invoice was paid in cash: `refund` gives it back at once, `credit` keeps it."""
    reminders: RemindersIn = RemindersIn()
    """When customers shall be reminded of a visit. It is kept and published; the notifier reminds by it."""
    requests: RequestsIn | None = None
    """What customers may ask for in the portal; left out: nothing. ServiceHub has to answer what they ask."""
    domain: Domain | None = None
    """A domain of the business's own, such as `portal.example.com`, where its portal is found once the TXT
    record that `domain_check` names is there. International ones are answered in their ASCII form."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if len(set(self.locales)) != len(self.locales):
            raise ValueError("locales: must not repeat a language")
        if self.default_locale not in self.locales:
            raise ValueError("default_locale: must be one of locales")
        if (self.colours is None) == (self.primary_colour is None):
            raise ValueError("colours: required, and then without primary_colour, its former form")
        if self.colours and self.accent:
            raise ValueError("accent: belongs into colours")
        if self.tips and self.tips.amounts and exponent(self.currency):
            raise ValueError(
                "tips.amounts: is for currencies without decimals, such as JPY; offer percentages instead"
            )
        return self

    def command(self, business_id: str, proof: str) -> ReviseBranding:
        """The command that this body asks for; equal content gives equal commands, whatever the proof."""
        hours = tuple(sorted(set(self.reminders.hours_before), reverse=True))
        return ReviseBranding(
            business_id=business_id,
            slug=self.slug,
            name=self.name,
            legal_name=self.legal_name,
            colours=self._colours(),
            locales=self.locales,
            default_locale=self.default_locale,
            time_zone=self.time_zone,
            currency=self.currency,
            country=self.country,
            postal_address=self.postal_address,
            website=self.website,
            support=Support(**self.support.model_dump()),
            stripe_account=self.stripe_account,
            tips=self._tips(),
            saved_cards=self.saved_cards,
            second_proof_to_pay=self.second_proof_to_pay,
            pay_links=self.pay_links,
            disclosure_url=self.disclosure_url,
            surplus_handling=self.surplus_handling,
            reminders=Reminders(hours_before=hours),
            requests=self._requests(),
            domain=self.domain,
            proof=proof,
            sent_back={name: getattr(self, name) for name in READ_ONLY if name in self.model_fields_set},
        )

    def _tips(self) -> Tips | None:
        """Each choice once, the smallest first."""
        if self.tips is None:
            return None
        percentages, amounts = sorted({*self.tips.percentages}), sorted({*self.tips.amounts})
        return Tips(percentages=tuple(percentages), amounts=tuple(amounts))

    def _requests(self) -> RequestRules | None:
        if self.requests is None:
            return None
        return RequestRules(
            kinds=tuple(dict.fromkeys(self.requests.kinds)),
            notice_hours=self.requests.notice_hours,
            cancel_reasons=tuple(dict.fromkeys(self.requests.cancel_reasons)),
        )

    def _colours(self) -> Colours:
        if self.colours:
            return Colours(primary=self.colours.primary, accent=self.colours.accent)
        return Colours(primary=self.primary_colour or "", accent=self.accent)


def read_branding(body: bytes, business_id: str, proof: str) -> ReviseBranding:
    """Read the body of a PUT; `proof` is for a new domain.

    Raises `InvalidBranding`, whose detail names every field that is wrong.
    """
    try:
        return BrandingIn.model_validate_json(body).command(business_id, proof)
    except ValidationError as error:
        raise InvalidBranding("; ".join(_sentence(e["loc"], e["msg"]) for e in error.errors())) from None


def _sentence(where: tuple[int | str, ...], message: str) -> str:
    field = ".".join(str(part) for part in where)
    message = message.removeprefix("Value error, ")
    return f"{field}: {message}" if field else message
