"""Every way sign-in says no. `http.routes` says how each is answered."""

from chassis.refusals import Refusal


class PortalOff(Refusal):
    """The portal is switched off."""

    code = "portal_off"


class AddressMissing(Refusal):
    """No address was typed."""

    code = "address_missing"


class AddressInvalid(Refusal):
    """What was typed is neither an email address nor a phone number."""

    code = "address_invalid"


class TooManyRequests(Refusal):
    """Too much came from one source. `seconds` to wait."""

    code = "slow_down"


class ResendTooSoon(Refusal):
    """A code of this address left a moment ago. `seconds` to wait."""

    code = "resend_too_soon"


class NoChallenge(Refusal):
    """This browser has not asked for a code."""

    code = "no_challenge"


class CodeMalformed(Refusal):
    """What was typed is no code, or not as long as the code that is wanted, of `digits`. It costs no try."""

    code = "code_malformed"


class CodeWrong(Refusal):
    """The code is not right, or is that of an address nobody may sign in with. `tries_left` remain."""

    code = "code_wrong"


class CodeDead(Refusal):
    """No try is left for this code."""

    code = "code_dead"


class CodeExpired(Refusal):
    """The code has run out, or its session has ended already."""

    code = "code_expired"


class CodeOutgrown(Refusal):
    """Too many wrong codes of this length are being tried. One of more `digits` is on its way."""

    code = "code_outgrown"


class GuardLinkGone(Refusal):
    """The link "it was not me" has run out, or was never sent."""

    code = "guard_link_gone"


class ChoiceExpired(Refusal):
    """The choice has run out, was made already, or what it rests on has ended."""

    code = "choice_expired"


class ChoiceUnknown(Refusal):
    """None of the contacts offered was chosen."""

    code = "choice_missing"
