"""The parts of a PUT's body, and what it may send back without changing it.

The docstring below a field is its description in the API's own document.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema, model_validator

from branding.http.fields import Colour, Email, HoursAhead, Https, Line, Phone, TipAmount, TipPercentage

SentBack = Annotated[JsonValue, WithJsonSchema({"readOnly": True})]


class Strict(BaseModel):
    """No field we do not know, no text where a number belongs."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)


class ColoursIn(Strict):
    """The colours the business picked; the palette is derived from them."""

    primary: Colour
    """The main colour: buttons, links, and the band at the top if there is no second one."""
    accent: Colour | None = None
    """A second colour: the band at the top, and decoration."""


class SupportIn(Strict):
    """How customers reach the business."""

    email: Email | None = None
    """Where to write."""
    phone: Phone | None = None
    """Where to call: an international number, without spaces."""
    hours: Line | None = None
    """When somebody answers, in words."""
    url: Https | None = None
    """A page with help."""


class RemindersIn(Strict):
    """How many hours before a visit a reminder shall go out; an empty list for none."""

    hours_before: Annotated[tuple[HoursAhead, ...], Field(max_length=5)] = (24,)
    """Whole hours before a visit; one reminder each."""


class RequestsIn(Strict):
    """What customers may ask for in the portal. Left out: nothing, and no page offers it."""

    kinds: Annotated[
        tuple[Literal["move", "cancel", "book", "message", "details"], ...], Field(min_length=1, max_length=5)
    ]
    """What may be asked: to move or cancel a visit, to book one, a message, and details that have changed."""
    notice_hours: Annotated[int, Field(ge=0, le=720)] = 24
    """Until how many whole hours before a visit one may ask to move or cancel it; after that one calls."""
    cancel_reasons: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    """Reasons to cancel, in the business's own words; none: those of the portal, in every language."""


class TipsIn(Strict):
    """The tips that a pay form offers beside "no tip", which is chosen, and a sum of the payer's own."""

    percentages: Annotated[tuple[TipPercentage, ...], Field(max_length=4)] = ()
    """Up to four whole percentages, 1 to 50, of what is left to pay; shown as the sums that they make."""
    amounts: Annotated[tuple[TipAmount, ...], Field(max_length=4)] = ()
    """Up to four fixed sums instead, in the currency of the business, where that has no decimals."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.percentages and self.amounts:
            raise ValueError("must hold percentages or amounts, not both")
        return self


class ReadOnlyIn(Strict):
    """What GET answers beside the settings. A PUT may leave it out, or send it back as it is."""

    business_id: SentBack = None
    """The business, as in the path."""
    former_slugs: SentBack = None
    """Earlier slugs, which lead to the present one."""
    enabled: SentBack = None
    """Whether the portal is on; `POST …/enable` and `…/disable` change it."""
    generation: SentBack = None
    """Raised each time the portal is switched off."""
    theme_url: SentBack = None
    """The style sheet that follows from the colours."""
    logo: SentBack = None
    """The logo; `PUT …/logo` changes it."""
    icons: SentBack = None
    """Icons that follow from the logo; without one, the letter of the name on the colour, as SVG."""
    mail_logo_url: SentBack = None
    """The logo in a format that mail programs show."""
    og_image_url: SentBack = None
    """The picture of a shared link."""
    domain_check: SentBack = None
    """How `domain` stands, and the TXT record that shows it to be the business's."""
    warnings: SentBack = None
    """What `PUT …/logo` says of a logo; it is taken, and changes nothing."""
