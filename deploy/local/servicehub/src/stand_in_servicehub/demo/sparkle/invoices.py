"""Sparkle Home's invoices: one of each state that a business can bring about itself."""

from servicehub_events import Discount, Invoice, PartialPayment, Recipient

from stand_in_servicehub.arithmetic import line
from stand_in_servicehub.demo.billing import Biller
from stand_in_servicehub.demo.calendar import Calendar
from stand_in_servicehub.demo.sparkle.business import NO_TAX, PROFILE, TAX


def invoices(calendar: Calendar) -> tuple[Invoice, ...]:
    """What is settled, what is to pay, what is late."""
    biller = Biller(PROFILE, calendar)
    return (*_settled(biller), *_late(biller), *_open(biller), *_organisations(biller))


def _settled(biller: Biller) -> tuple[Invoice, ...]:
    return (
        biller.bill(
            1012,
            "c-1001",
            [line("Regular cleaning", "2", 7250, TAX)],
            issued=-86,
            due=-72,
            status="void",
            memo="Cancelled in time; nothing to pay.",
        ),
        biller.bill(
            1031,
            "c-1001",
            [line("Regular cleaning by the hour", "2", 7250, TAX), line("Balcony", "1", 1200, TAX)],
            issued=-25,
            due=-11,
            paid=[biller.received("r-1", "cash", 17_093, -22)],
            visits=["v-2002"],
        ),
        biller.bill(
            1048,
            "c-1005",
            [line("Regular cleaning by the hour", "2", 7250, TAX)],
            issued=-35,
            due=-21,
            paid=[biller.received("r-1", "transfer", 15_787, -30)],
        ),
        biller.bill(
            1043,
            "c-1008",
            [line("Window cleaning", "1", 9800, TAX)],
            issued=-110,
            due=-96,
            status="uncollectible",
        ),
    )


def _late(biller: Biller) -> tuple[Invoice, ...]:
    return (
        biller.bill(
            1042,
            "c-1001",
            [line("Regular cleaning by the hour", "2", 7250, TAX), line("Bed linen", "1", 1200, TAX)],
            issued=-11,
            due=-4,
            paid=[biller.received("r-1", "cheque", 7_500, -6)],
            partial=PartialPayment(allowed=True),
            visits=["v-2003"],
        ),
        biller.bill(
            1046,
            "c-1007",
            [line("Regular cleaning by the hour", "2", 7250, TAX)],
            issued=-19,
            due=-5,
            visits=["v-2007"],
        ),
    )


def _open(biller: Biller) -> tuple[Invoice, ...]:
    return (
        # Washing is not taxed in New York, so this one has no tax at all.
        biller.bill(
            1036,
            "c-1002",
            [line("Laundry, wash and fold, by the pound", "18.5", 185, NO_TAX)],
            issued=-8,
            due=6,
        ),
        biller.bill(
            1044,
            "c-1006",
            [line("Regular cleaning by the hour", "1.75", 7250, TAX)],
            issued=-3,
            due=11,
        ),
        biller.bill(
            1045,
            "c-1003",
            [line("Spring cleaning by the hour", "7.5", 6800, TAX), line("Supplies", "1", 2450, TAX)],
            issued=-13,
            due=9,
            paid=[biller.received("r-1", "transfer", 20_000, -5)],
            partial=PartialPayment(allowed=True, minimum=5_000),
        ),
        biller.bill(
            1047,
            "c-1001",
            [
                line("Deep clean by the hour", "6", 6500, TAX),
                line("Inside oven and fridge", "1", 6000, TAX),
                line("Laundry, wash and fold, bags", "2", 1500, NO_TAX),
            ],
            issued=-8,
            due=22,
            deposit=(15_000, 8),
            partial=PartialPayment(allowed=True, minimum=2_000),
            paid=[biller.received("r-1", "cheque", 3_000, -7), biller.received("r-2", "cash", 2_000, -5)],
            visits=["v-2019"],
        ),
    )


def _organisations(biller: Biller) -> tuple[Invoice, ...]:
    cedar = Recipient(name="Cedar Row Holdings LLC", address="77 Cedar Row, Office, Brooklyn, NY 11205")
    return (
        biller.bill(
            1019,
            "c-1009",
            [line("Office cleaning", "1", 24_000, TAX)],
            issued=-39,
            due=-9,
            paid=[biller.received("r-1", "transfer", 26_130, -12)],
            visits=["v-2001"],
        ),
        biller.bill(
            1039,
            "c-1004",
            [
                line("Turnover cleaning by the hour", "9", 5800, TAX),
                line("Carpet shampoo, square feet", "212.5", 45, TAX),
                line("City disposal fee", "1", 3500, NO_TAX),
            ],
            issued=-5,
            due=25,
            discounts=[
                Discount(description="Frame agreement, 10 % on labor", amount=5_220, tax_rate=TAX),
                Discount(description="Goodwill for the carpet stain", amount=2_000, tax_rate=TAX),
            ],
            recipient=cedar,
            site="Unit 4B",
            visits=["v-2005"],
            memo="PO 88-1204",
        ),
    )
