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


class PasskeyExpired(Refusal):
    """This browser was not asked for a passkey, or too long ago, or has answered already."""

    code = "passkey_expired"


class PasskeyRefused(Refusal):
    """The passkey is none of this business's, its contact may not sign in, or nothing was proved with it."""

    code = "passkey_refused"


class ProofTooOld(Refusal):
    """A passkey is added soon after a code was entered, and this session rests on none, or an older one."""

    code = "proof_too_old"


class PasskeyInvalid(Refusal):
    """What the browser made is no passkey for us, or is kept already."""

    code = "passkey_invalid"


class TooManyPasskeys(Refusal):
    """The contact has as many passkeys as one may have."""

    code = "passkeys_full"
