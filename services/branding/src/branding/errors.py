"""Every way branding says no. `http.routes` says how each is answered."""

from chassis.refusals import Refusal


class UnknownBusiness(Refusal):
    """No branding was ever set for this business."""

    code = "unknown_business"


class SlugTaken(Refusal):
    """A slug belongs for ever to the business that had it first: an old link never leads to somebody else."""

    code = "slug_taken"


class DomainTaken(Refusal):
    """Another business has shown that this domain is its own."""

    code = "domain_taken"


class InvalidBranding(Refusal):
    """The body of a PUT lacks a field or breaks its rule; the detail names each field."""

    code = "invalid_branding"


class PreconditionFailed(Refusal):
    """The portal is not, or no longer, as the request says; the detail says what to do."""

    code = "precondition_failed"


class UnusableLogo(Refusal):
    """The picture cannot be shown; the detail says why."""

    code = "unusable_logo"


class UnsupportedMediaType(Refusal):
    """The body is of another kind than the route takes."""

    code = "unsupported_media_type"
