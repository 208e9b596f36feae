"""The body of `PUT /branding/businesses/{id}`: checked whole, every problem told at once and by its field."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from servicehub_events import Colours, Reminders, Support

from branding.domain.portal import ReviseBranding
from branding.errors import InvalidBranding
from branding.http.fields import (
    Colour,
    Country,
    Currency,
    Email,
    HoursAhead,
    Https,
    Line,
    Lines,
    LocaleName,
    Name,
    Phone,
    Slug,
    StripeAccount,
    TimeZone,
)


class Strict(BaseModel):
    """No field we do not know, no text where a number belongs."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SupportIn(Strict):
    """How customers reach the business."""

    email: Email | None = None
    phone: Phone | None = None
    hours: Line | None = None
    url: Https | None = None


class RemindersIn(Strict):
    """How many hours before a visit a reminder goes out; an empty list for none."""

    hours_before: Annotated[tuple[HoursAhead, ...], Field(max_length=5)] = (24,)


class BrandingIn(Strict):
    """Everything about a portal but its logo and its switch. What is left out is taken away."""

    slug: Slug
    name: Name
    primary_colour: Colour
    accent: Colour | None = None
    locales: Annotated[tuple[LocaleName, ...], Field(min_length=1, max_length=10)]
    default_locale: LocaleName
    time_zone: TimeZone
    currency: Currency
    country: Country
    support: SupportIn
    postal_address: Lines | None = None
    website: Https | None = None
    legal_name: Line | None = None
    stripe_account: StripeAccount | None = None
    disclosure_url: Https | None = None
    reminders: RemindersIn = RemindersIn()

    @model_validator(mode="after")
    def _speaks_its_default(self) -> Self:
        if len(set(self.locales)) != len(self.locales):
            raise ValueError("locales: must not repeat a language")
        if self.default_locale not in self.locales:
            raise ValueError("default_locale: must be one of locales")
        return self

    def command(self, business_id: str) -> ReviseBranding:
        """The command that this body asks for; equal content gives equal commands."""
        hours = tuple(sorted(set(self.reminders.hours_before), reverse=True))
        return ReviseBranding(
            business_id=business_id,
            slug=self.slug,
            name=self.name,
            legal_name=self.legal_name,
            colours=Colours(primary=self.primary_colour, accent=self.accent),
            locales=self.locales,
            default_locale=self.default_locale,
            time_zone=self.time_zone,
            currency=self.currency,
            country=self.country,
            postal_address=self.postal_address,
            website=self.website,
            support=Support(**self.support.model_dump()),
            stripe_account=self.stripe_account,
            disclosure_url=self.disclosure_url,
            reminders=Reminders(hours_before=hours),
        )


def read_branding(body: bytes, business_id: str) -> ReviseBranding:
    """Read the body of a PUT. Raises `InvalidBranding`, whose detail names every field that is wrong."""
    try:
        return BrandingIn.model_validate_json(body).command(business_id)
    except ValidationError as error:
        raise InvalidBranding("; ".join(_sentence(e["loc"], e["msg"]) for e in error.errors())) from None


def _sentence(where: tuple[int | str, ...], message: str) -> str:
    field = ".".join(str(part) for part in where)
    message = message.removeprefix("Value error, ")
    return f"{field}: {message}" if field else message
