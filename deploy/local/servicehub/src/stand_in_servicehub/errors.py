"""What can go wrong, each with a status and a sentence that says what to do."""

from typing import ClassVar


class SimulatorError(Exception):
    """Something a person or a test asked for can't be done. The text says why and what to do."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "simulator_error"


class BadInput(SimulatorError):
    """The request makes no sense as it is."""

    status = 422
    code = "bad_input"


class Unknown(SimulatorError):
    """There is no such business, customer, visit or invoice."""

    status = 404
    code = "unknown"


class Unavailable(SimulatorError):
    """Kafka or branding can't be reached, or the demo data is still being set up."""

    status = 503
    code = "unavailable"
