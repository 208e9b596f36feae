"""Sparkle Home's visits, from six weeks ago to three weeks ahead."""

from functools import partial

from servicehub_events import Appointment, Cancellation, Completion, Service, Site

from stand_in_servicehub.demo.calendar import Calendar
from stand_in_servicehub.demo.sparkle.business import BUSINESS_ID, DEVON, IMANI, MARIA
from stand_in_servicehub.demo.visits import visit_of

visit = partial(visit_of, BUSINESS_ID)

REGULAR = Service(name="Regular cleaning", items=("Kitchen", "Bathroom", "Floors", "Bed linen"))
DEEP = Service(
    name="Deep clean",
    description="Top to bottom, once or twice a year.",
    items=("Kitchen and bathroom", "Inside oven and fridge", "Laundry, wash and fold"),
)
WINDOWS = Service(name="Window cleaning", items=("8 windows, both sides", "Frames and sills"))
OFFICE = Service(name="Office cleaning", items=("Reception", "Treatment rooms", "Restroom"))
TURNOVER = Service(name="Turnover cleaning", description="Between tenants, ready to hand over.")

MAPLE = Site(label="Home", address="120 Maple Street, Apt 3B, Brooklyn, NY 11225")
WILLOW = Site(label="Home", address="9 Willow Court, Brooklyn, NY 11231")
ORCHARD = Site(label="Home", address="41 Orchard Lane, Queens, NY 11375")
UNIT_4B = Site(label="Unit 4B", address="77 Cedar Row, Unit 4B, Brooklyn, NY 11205")
UNIT_2A = Site(label="Unit 2A", address="77 Cedar Row, Unit 2A, Brooklyn, NY 11205")
HARBOR = Site(label="Home", address="3 Harbor View, Staten Island, NY 10301")
JUNIPER = Site(label="Home", address="255 Juniper Street, Apt 12, Brooklyn, NY 11201")
LINDEN = Site(label="Home", address="68 Linden Place, Brooklyn, NY 11238")
COURT = Site(label="Practice", address="210 Court Street, Brooklyn, NY 11201")
ELM = Site(label="Home", address="500 Elm Avenue, Apt 7, Brooklyn, NY 11218")


def appointments(calendar: Calendar) -> tuple[Appointment, ...]:
    """What was, what is today, what comes."""
    return (*_past(calendar), *_today(calendar), *_ahead(calendar), *_later(calendar))


def _past(c: Calendar) -> tuple[Appointment, ...]:
    def done(day: int, clock: str, summary: str | None) -> Completion:
        return Completion(at=c.at(day, clock), summary=summary)

    morning, maple_series = ("10:00", "12:00"), c.series("series-1", 2, 2)
    return (
        visit(
            2001,
            "c-1009",
            OFFICE,
            c.window(-40, "18:00", "20:00"),
            (DEVON,),
            COURT,
            invoice=1019,
            completed=done(-40, "19:52", "Reception, four treatment rooms, restroom"),
        ),
        visit(
            2002,
            "c-1001",
            REGULAR,
            c.window(-26, *morning),
            (MARIA,),
            MAPLE,
            invoice=1031,
            series=maple_series,
            completed=done(-26, "12:03", "Kitchen, bathroom, floors, balcony"),
        ),
        visit(
            2003,
            "c-1001",
            REGULAR,
            c.window(-12, *morning),
            (DEVON,),
            MAPLE,
            invoice=1042,
            series=maple_series,
            completed=done(-12, "12:01", "Kitchen, bathroom, floors, bed linen"),
        ),
        visit(
            2004,
            "c-1002",
            WINDOWS,
            c.window(-9, "13:00", "15:00"),
            (IMANI,),
            WILLOW,
            completed=done(-9, "14:40", "7 windows, both sides; one left out, its handle is broken"),
        ),
        visit(
            2005,
            "c-1004",
            TURNOVER,
            c.window(-6, "9:00", "13:30"),
            (MARIA, DEVON),
            UNIT_4B,
            invoice=1039,
            completed=done(-6, "13:20", "Whole unit; a stain on the bedroom carpet stays"),
        ),
        visit(2006, "c-1006", REGULAR, c.window(-4, "14:00", "16:00"), (DEVON,), JUNIPER, status="missed"),
        visit(
            2007,
            "c-1007",
            REGULAR,
            c.window(-20, "9:00", "11:00"),
            (MARIA,),
            LINDEN,
            invoice=1046,
            completed=done(-20, "10:55", None),
        ),
    )


def _today(c: Calendar) -> tuple[Appointment, ...]:
    return (
        visit(
            2008,
            "c-1003",
            REGULAR,
            c.window(0, "9:00", "17:00"),
            (MARIA,),
            ORCHARD,
            status="en_route",
            instructions="Maria rings twice. Please keep the cat in the bedroom.",
        ),
        visit(2009, "c-1002", REGULAR, c.window(0, "15:00", "17:00"), (DEVON,), WILLOW),
    )


def _ahead(c: Calendar) -> tuple[Appointment, ...]:
    moved = c.moved_from(2, "13:00", "15:00", at=c.at(-2, "16:12"))
    maple_series = c.series("series-1", 2, 2)
    return (
        visit(2010, "c-1006", REGULAR, c.window(1, "14:00", "16:00"), (DEVON,), JUNIPER),
        visit(
            2011,
            "c-1004",
            TURNOVER,
            c.window(1, "8:30", "12:30"),
            (MARIA, DEVON),
            UNIT_4B,
            instructions="The key is with the concierge. Water and power must be on.",
        ),
        visit(
            2012,
            "c-1001",
            REGULAR,
            c.window(2, "10:00", "12:00"),
            (MARIA,),
            MAPLE,
            rescheduled_from=moved,
            series=maple_series,
            instructions="Please leave a note for Maria at the front desk.",
        ),
        visit(
            2013,
            "c-1007",
            WINDOWS,
            c.window(3, "11:00", "12:30"),
            (IMANI,),
            LINDEN,
            instructions="Please clear the window sills.",
        ),
        visit(
            2014,
            "c-1003",
            WINDOWS,
            c.window(5, "10:00", "12:00"),
            (IMANI,),
            ORCHARD,
            cancellation=Cancellation(
                reason="Rain is forecast; we will call to find a new day", at=c.at(-1, "8:20")
            ),
        ),
        visit(2015, "c-1005", REGULAR, c.window(6, "9:00", "11:00"), (DEVON,), HARBOR),
    )


def _later(c: Calendar) -> tuple[Appointment, ...]:
    return (
        visit(
            2016,
            "c-1004",
            REGULAR,
            c.window(8, "9:00", "10:30"),
            (DEVON,),
            UNIT_2A,
            series=c.series("series-2", 8, 1),
        ),
        visit(2017, "c-1010", DEEP, c.window(9, "9:00", "14:00"), (), ELM),
        visit(
            2018,
            "c-1001",
            REGULAR,
            c.window(16, "10:00", "12:00"),
            (MARIA,),
            MAPLE,
            series=c.series("series-1", 2, 2),
        ),
        visit(2019, "c-1001", DEEP, c.window(22, "9:00", "15:00"), (MARIA, DEVON), MAPLE, invoice=1047),
    )
