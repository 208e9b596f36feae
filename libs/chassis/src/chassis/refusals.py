"""Refusals: a command is told no, by a code and its parameters. `web.answers` turns them into answers."""

from typing import ClassVar


class Refusal(Exception):
    """A command was refused. `code` is stable, for machines; `params` fill the words of a page.

    `detail` says what was wrong this time, in words for a developer; it names no person.
    """

    code: ClassVar[str]

    def __init__(self, detail: str = "", **params: int | str) -> None:
        self.detail = detail
        self.params = params
        super().__init__(detail or type(self).__name__)


class NotFound(Refusal):
    """The thing is not there, or is not this customer's: the two look alike on purpose."""

    code = "not_found"


class NotSignedIn(Refusal):
    """Nobody is signed in here, or no longer."""

    code = "not_signed_in"


class Unauthorised(Refusal):
    """The request has no key of ours, or not the right one."""

    code = "unauthorised"


class UnknownCaller(Refusal):
    """The request has no token of the service that may make it."""

    code = "unknown_caller"


class Unavailable(Refusal):
    """Something that is needed does not answer. `seconds` is when it is worth trying again."""

    code = "unavailable"

    def __init__(self, detail: str = "", *, seconds: int = 5) -> None:
        super().__init__(detail, seconds=seconds)
