"""Each thing that a visit's event may say, the field that says it, and how it reads on the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import servicehub_events as e
from page_samples import NEXT, ny


@dataclass(frozen=True)
class ShownField:
    """A row of docs/what-customers-read.md: what an ordinary visit reads like with these `changes`."""

    thing: str
    event_field: str
    english: str
    japanese: str
    changes: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def visit(self) -> e.Appointment:
        """The visit that says it: 24 November 2026, 10:00 – 12:00 in New York."""
        return msgspec.structs.replace(PLAIN, **self.changes)

    @property
    def row(self) -> str:
        """The line of the table."""
        return f"| {self.thing} | {self.event_field} | {self.english} | {self.japanese} |"


PLAIN = msgspec.structs.replace(NEXT, rescheduled_from=None)


def window(**changes: object) -> e.Window:
    return msgspec.structs.replace(PLAIN.window, **changes)


def file(kind: str, title: str) -> e.AttachedFile:
    url = f"https://files.example/{kind}"
    return e.AttachedFile(id=kind, url=url, title=title, kind=kind, added_at=ny(11, 18, 9))


_NINE_TO_ELEVEN = window(
    start=ny(11, 24, 9), end=ny(11, 24, 13), arrival=e.ArrivalWindow(start=ny(11, 24, 9), end=ny(11, 24, 11))
)
_AT_NINE = e.ArrivalWindow(start=ny(11, 24, 9), end=ny(11, 24, 9))
_THREE_DAYS = window(start=ny(11, 24, 9), end=ny(11, 26, 17))
_KITCHEN = e.AppointmentJob(id="job-1", name="Kitchen refit", visit_number=2, visit_count=3)


def cancelled(by: str | None, reason: str | None = None) -> Mapping[str, object]:
    return {"status": "cancelled", "cancellation": e.Cancellation(at=ny(11, 19, 8), by=by, reason=reason)}


SHOWN: tuple[ShownField, ...] = (
    ShownField(
        "time",
        "`window` alone",
        "10:00 AM – 12:00 PM · Regular cleaning, 2 hours",
        "10:00〜12:00 · Regular cleaning・約2時間",
    ),
    ShownField(
        "arrival between two times",
        "`window.arrival`",
        "Arrives between 9:00 and 11:00 AM",
        "9:00〜11:00に到着予定",
        {"window": _NINE_TO_ELEVEN},
    ),
    ShownField(
        "arrival at a fixed time",
        "`window.arrival`, start = end",
        "Arrives at 9:00 AM",
        "9:00に到着予定",
        {"window": window(start=ny(11, 24, 9), arrival=_AT_NINE)},
    ),
    ShownField(
        "how long the work takes",
        "`duration_minutes`",
        "Regular cleaning, takes about 2 hours",
        "Regular cleaning・作業時間は約2時間",
        {"window": _NINE_TO_ELEVEN, "duration_minutes": 120},
    ),
    ShownField(
        "all day",
        "`window.whole_days` = `all_day`",
        "Tuesday November 24 · All day",
        "2026年11月24日(火) · 終日",
        {"window": window(start=ny(11, 24, 0), end=ny(11, 25, 0), whole_days="all_day")},
    ),
    ShownField(
        "some time of the day",
        "`window.whole_days` = `any_time`",
        "Tuesday November 24 · During the day",
        "2026年11月24日(火) · 時間指定なし",
        {"window": window(start=ny(11, 24, 8), end=ny(11, 24, 18), whole_days="any_time")},
    ),
    ShownField(
        "several days",
        "`window` of more than 24 hours",
        "Tue, Nov 24 – Thu, Nov 26 · First day from 9:00 AM, last day until 5:00 PM"
        " · Regular cleaning, 3 days",
        "2026年11月24日(火)〜26日(木) · 初日9:00から、最終日17:00まで · Regular cleaning・3日間",
        {"window": _THREE_DAYS},
    ),
    ShownField(
        "moved from a whole day",
        "`rescheduled_from.whole_days`",
        "was Mon, Nov 23 All day · now Tue, Nov 24 10:00 AM – 12:00 PM",
        "変更前 11月23日(月) 終日 · 変更後 11月24日(火) 10:00〜12:00",
        {
            "rescheduled_from": e.FormerWindow(
                start=ny(11, 23, 0), end=ny(11, 24, 0), at=ny(11, 18, 9), whole_days="all_day"
            )
        },
    ),
    ShownField(
        "not confirmed yet",
        "`confirmation` = `pending`",
        "Not confirmed yet · Maria Reyes is planned to come",
        "未確定 · Maria Reyesが伺う予定です",
        {"confirmation": "pending"},
    ),
    ShownField(
        "on hold",
        "`confirmation` = `on_hold`",
        "On hold · No date yet · It was planned for Tuesday, November 24",
        "保留中 · 日程未定 · 当初の予定：2026年11月24日(火)",
        {"confirmation": "on_hold"},
    ),
    ShownField(
        "on the way, and when they will be there",
        "`estimated_arrival`",
        "On the way · There at about 10:40 AM · Agreed: 10:00 AM – 12:00 PM",
        "向かっています · 10:40ごろ到着予定 · ご予約の時間帯：10:00〜12:00",
        {
            "status": "en_route",
            "estimated_arrival": ny(11, 20, 10, 40),
            "window": window(start=ny(11, 20, 10), end=ny(11, 20, 12)),
        },
    ),
    ShownField(
        "cancelled by the business",
        "`cancellation.by` = `business`",
        "Cancelled by Sparkle Home",
        "Sparkle Homeの都合によるキャンセル",
        cancelled("business"),
    ),
    ShownField(
        "cancelled by the customer",
        "`cancellation.by` = `customer`",
        "Cancelled at your request",
        "お客様のご都合によるキャンセル",
        cancelled("customer"),
    ),
    ShownField(
        "cancelled for the weather, and why",
        "`cancellation.by` = `weather`, `reason`",
        "Cancelled because of the weather: Heavy snow",
        "天候によるキャンセル：Heavy snow",
        cancelled("weather", "Heavy snow"),
    ),
    ShownField(
        "cancelled, by a word that readers don’t know",
        "`cancellation.by`",
        "Cancelled",
        "キャンセル",
        cancelled("moon"),
    ),
    ShownField(
        "a visit of a job",
        "`job`",
        "Part of · Kitchen refit, visit 2 of 3",
        "一連の作業 · Kitchen refit（全3回の2回目）",
        {"job": _KITCHEN},
    ),
    ShownField(
        "a visit that repeats",
        "`series`",
        "Repeats · Every 2 weeks, Tuesday",
        "定期 · 隔週・火曜日",
    ),
    ShownField(
        "what the customer should do or know",
        "`instructions`",
        "Please note · Leave the key with the neighbour.",
        "お願い · Leave the key with the neighbour.",
        {"instructions": "Leave the key with the neighbour."},
    ),
    ShownField(
        "what was done",
        "`completed.summary`",
        "Done · Windows too, as asked.",
        "完了 · Windows too, as asked.",
        {
            "status": "completed",
            "completed": e.Completion(at=ny(11, 24, 12), summary="Windows too, as asked."),
        },
    ),
    ShownField(
        "purchase order",
        "`purchase_order`",
        "Purchase order · PO-1204",
        "ご発注番号 · PO-1204",
        {"purchase_order": "PO-1204"},
    ),
    ShownField(
        "photo",
        "`attachments[]`, `kind` = `photo`",
        "Photos and documents · Kitchen, before · Photo, Nov 18, files.example",
        "写真・書類 · Kitchen, before · 写真・11月18日・files.example",
        {"attachments": (file("photo", "Kitchen, before"),)},
    ),
    ShownField(
        "document",
        "`attachments[]`, `kind` = `certificate`",
        "Gas safety record · Certificate, Nov 18, files.example",
        "Gas safety record · 証明書・11月18日・files.example",
        {"attachments": (file("certificate", "Gas safety record"),)},
    ),
    ShownField(
        "the customer’s site by its id",
        "`site.site_id`, `label` empty",
        "120 Maple Street, Brooklyn (Apt 3B)",
        "120 Maple Street, Brooklyn (Apt 3B)",
        {"site": e.Site(label="", address="120 Maple Street, Brooklyn", site_id="s-1")},
    ),
)
