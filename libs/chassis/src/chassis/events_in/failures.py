"""Three kinds of failure a handler may meet; anything else it raises counts as poison, within a limit."""


class Retry(Exception):
    """Transient: back off and hold the partition."""


class Poison(Exception):
    """This event can never be applied: set it aside and go on. `code` is stable, for lists and metrics."""

    def __init__(self, code: str, cause: str) -> None:
        self.code = code
        super().__init__(cause)


class SlowDown(Exception):
    """Too much at once (a limit of ours or of somebody we call): wait, then go on with the same event."""
