"""Every way the notifier says no. `http` says how each is answered."""

from chassis.refusals import Refusal


class UnknownCaller(Refusal):
    """The request has no token of a service that may make it."""

    code = "unknown_caller"


class SignInCodeExpired(Refusal):
    """The code no longer works, so nobody is sent it."""

    code = "sign_in_code_expired"
