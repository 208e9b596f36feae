"""Currencies that differ in how they are counted, and how an amount of each is told, charged and shown.

Sources: ISO 4217 for the minor unit; Stripe, "Supported currencies", for what is sent to it and what it
takes. Written by hand: whatever shows or sends money is held against this table.
"""

from typing import Final, NamedTuple


class Counted(NamedTuple):
    """An `amount` in minor units of ISO 4217, the same `on_the_wire` to Stripe, and `shown` to people.

    One payment is between `least` and `most`, in steps of `step`, all in minor units.
    """

    currency: str
    amount: int
    on_the_wire: int
    shown: str
    least: int
    most: int
    step: int

    def __str__(self) -> str:
        return self.currency


CURRENCIES: Final = (
    Counted("JPY", 123_456, 123_456, "¥123,456", least=50, most=99_999_999, step=1),
    Counted("USD", 123_456, 123_456, "$1,234.56", least=50, most=99_999_999, step=1),
    Counted("KWD", 123_450, 123_450, "KWD 123.450", least=10, most=99_999_990, step=10),
    # No minor unit by ISO 4217; Stripe counts two decimals that must be 00.
    Counted("ISK", 123_456, 12_345_600, "ISK 123,456", least=1, most=999_999, step=1),
    Counted("HUF", 1_234_567, 1_234_567, "HUF 12,345.67", least=17_500, most=99_999_999, step=1),
)
