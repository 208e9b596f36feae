"""Every way sign-in says no. A form is sent back to `page` with a flash; JSON gets a problem with `code`."""

from typing import ClassVar, Literal

from chassis.web.problems import Problem

Page = Literal["sign-in", "code", "choose", "settings", ""]


class Refused(Problem):
    """Sign-in did not go on. `params` fill the words of the page."""

    page: ClassVar[Page] = "sign-in"

    def __init__(self, **params: int | str) -> None:
        self.params = params
        seconds = params.get("seconds")
        super().__init__(headers={"Retry-After": str(seconds)} if seconds is not None else None)


class PortalOff(Refused):
    status, code = 403, "portal_off"
    title = "This portal is switched off. Please contact the business."
    page = ""


class AddressMissing(Refused):
    status, code = 422, "address_missing"
    title = "Enter an email address or a phone number."


class AddressInvalid(Refused):
    status, code = 422, "address_invalid"
    title = "This is neither an email address nor a phone number. Check it for typing mistakes."


class SlowDown(Refused):
    """Too much from one source, or a brake is on."""

    status, code = 429, "slow_down"
    title = "Too many requests. Wait a moment, then try again."


class SlowDownAtCode(SlowDown):
    page = "code"


class ResendTooSoon(Refused):
    """The limits of one address, for a browser that holds no challenge for it."""

    status, code = 429, "resend_too_soon"
    title = "A code was sent a moment ago. Wait, then ask again."


class ResendTooSoonAtCode(ResendTooSoon):
    page = "code"


class NoChallenge(Refused):
    status, code = 409, "no_challenge"
    title = "This browser has not asked for a code. Start again."


class CodeMalformed(Refused):
    status, code = 422, "code_malformed"
    title = "A code has six digits."
    page = "code"


class CodeWrong(Refused):
    status, code = 403, "code_wrong"
    title = "This code is not right."
    page = "code"


class CodeDead(Refused):
    status, code = 403, "code_dead"
    title = "Too many wrong codes. Ask for a new one."


class CodeExpired(Refused):
    status, code = 410, "code_expired"
    title = "This code has run out. Ask for a new one."


class TooManyTries(Refused):
    status, code = 429, "too_many_tries"
    title = "Too many wrong codes today. Try again tomorrow, or contact the business."


class ChoiceExpired(Refused):
    status, code = 410, "choice_expired"
    title = "That took too long. Sign in again."


class ChoiceUnknown(Refused):
    status, code = 422, "choice_missing"
    title = "Choose one of the accounts."
    page = "choose"


class NotSignedIn(Refused):
    status, code = 401, "not_signed_in"
    title = "Sign in first."
