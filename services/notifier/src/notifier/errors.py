"""Every way the notifier says no. `http` says how each is answered."""

from chassis.refusals import Refusal


class SignInCodeExpired(Refusal):
    """The code no longer works, so nobody is sent it."""

    code = "sign_in_code_expired"
