"""Every way the notifier says no. `http` says how each is answered."""

from chassis.refusals import Refusal


class SignInCodeExpired(Refusal):
    """The code no longer works, so nobody is sent it."""

    code = "sign_in_code_expired"


class UnknownContact(Refusal):
    """The customer has no such contact here, or is erased."""

    code = "unknown_contact"


class UnsignedReport(Refusal):
    """The provider's signature of what was posted is missing or wrong."""

    code = "unsigned_report"


class UnknownLink(Refusal):
    """The link is not ours, is another business's, or its contact is gone."""

    code = "unknown_link"
