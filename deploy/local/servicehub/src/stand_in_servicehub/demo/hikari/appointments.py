"""ひかり清掃's visits, from six weeks ago to three weeks ahead."""

from functools import partial

from servicehub_events import Appointment, Cancellation, Completion, Service, Site

from stand_in_servicehub.demo.calendar import Calendar
from stand_in_servicehub.demo.hikari.business import BUSINESS_ID, KENICHI, MISAKI, SHOTA
from stand_in_servicehub.demo.visits import visit_of

visit = partial(visit_of, BUSINESS_ID)

REGULAR = Service(name="定期清掃", items=("キッチン", "浴室", "床", "寝具の交換"))
YEAR_END = Service(
    name="大掃除",
    description="ふだん手の届かない場所まで、まとめてきれいにします。",
    items=("キッチン・浴室・換気扇", "エアコン清掃 2台"),
)
WINDOWS = Service(name="窓清掃", items=("窓8枚(内外)", "サッシ・網戸"))
CLINIC = Service(name="院内清掃", items=("受付・待合室", "診療室", "お手洗い"))
VACANT = Service(name="空室清掃", description="ご入居前の仕上げ清掃です。")

ASAGAYA = Site(label="ご自宅", address="東京都杉並区阿佐谷北9-2-3 メゾン阿佐谷302")
NAKANO = Site(label="ご自宅", address="東京都中野区本町9-4-1 コーポ中野201")
NERIMA = Site(label="ご自宅", address="東京都練馬区豊玉北9-11-5")
ROOM_302 = Site(label="みどりハイツ 302号室", address="東京都世田谷区桜台9-8-7 みどりハイツ302")
ROOM_105 = Site(label="みどりハイツ 105号室", address="東京都世田谷区桜台9-8-7 みどりハイツ105")
IKEGAMI = Site(label="ご自宅", address="東京都大田区池上9-7-2")
EBISU = Site(label="ご自宅", address="東京都渋谷区恵比寿9-3-8 恵比寿テラス801")
MITAKA = Site(label="ご自宅", address="東京都三鷹市下連雀9-5-6")
JIYUGAOKA = Site(label="診療所", address="東京都目黒区自由が丘9-2-1 1階")
SENGOKU = Site(label="ご自宅", address="東京都文京区千石9-6-3 千石レジデンス405")


def appointments(calendar: Calendar) -> tuple[Appointment, ...]:
    """What was, what is today, what comes."""
    return (*_past(calendar), *_today(calendar), *_ahead(calendar), *_later(calendar))


def _past(c: Calendar) -> tuple[Appointment, ...]:
    def done(day: int, clock: str, summary: str | None) -> Completion:
        return Completion(at=c.at(day, clock), summary=summary)

    morning, asagaya_series = ("10:00", "12:00"), c.series("series-1", 2, 2)
    return (
        visit(
            2001,
            "c-1009",
            CLINIC,
            c.window(-40, "19:00", "21:00"),
            (MISAKI,),
            JIYUGAOKA,
            invoice=1019,
            completed=done(-40, "20:48", "受付・待合室・診療室4室・お手洗い"),
        ),
        visit(
            2002,
            "c-1001",
            REGULAR,
            c.window(-26, *morning),
            (KENICHI,),
            ASAGAYA,
            invoice=1031,
            series=asagaya_series,
            completed=done(-26, "12:03", "キッチン・浴室・床・ベランダ"),
        ),
        visit(
            2003,
            "c-1001",
            REGULAR,
            c.window(-12, *morning),
            (MISAKI,),
            ASAGAYA,
            invoice=1042,
            series=asagaya_series,
            completed=done(-12, "12:01", "キッチン・浴室・床・寝具の交換"),
        ),
        visit(
            2004,
            "c-1002",
            WINDOWS,
            c.window(-9, "13:00", "15:00"),
            (SHOTA,),
            NAKANO,
            completed=done(-9, "14:40", "窓7枚(内外)。1枚は取っ手の破損のため未実施"),
        ),
        visit(
            2005,
            "c-1004",
            VACANT,
            c.window(-6, "9:00", "13:30"),
            (KENICHI, MISAKI),
            ROOM_302,
            invoice=1039,
            completed=done(-6, "13:20", "全室。寝室のカーペットに落ちない染みが1か所あります"),
        ),
        visit(2006, "c-1006", REGULAR, c.window(-4, "14:00", "16:00"), (MISAKI,), EBISU, status="missed"),
        visit(
            2007,
            "c-1007",
            REGULAR,
            c.window(-20, "9:00", "11:00"),
            (KENICHI,),
            MITAKA,
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
            (KENICHI,),
            NERIMA,
            status="en_route",
            instructions="到着の10分前にお電話します。",
        ),
        visit(2009, "c-1002", REGULAR, c.window(0, "15:00", "17:00"), (MISAKI,), NAKANO),
    )


def _ahead(c: Calendar) -> tuple[Appointment, ...]:
    moved = c.moved_from(2, "13:00", "15:00", at=c.at(-2, "16:12"))
    return (
        visit(2010, "c-1006", REGULAR, c.window(1, "14:00", "16:00"), (MISAKI,), EBISU),
        visit(
            2011,
            "c-1004",
            VACANT,
            c.window(1, "8:30", "12:30"),
            (KENICHI, MISAKI),
            ROOM_302,
            instructions="鍵は管理人室でお預かりします。電気と水道の開栓をお願いします。",
        ),
        visit(
            2012,
            "c-1001",
            REGULAR,
            c.window(2, "10:00", "12:00"),
            (KENICHI,),
            ASAGAYA,
            rescheduled_from=moved,
            series=c.series("series-1", 2, 2),
            instructions="オートロックの解錠をお願いします。",
        ),
        visit(
            2013,
            "c-1007",
            WINDOWS,
            c.window(3, "11:00", "12:30"),
            (SHOTA,),
            MITAKA,
            instructions="窓辺の小物を片付けておいてください。",
        ),
        visit(
            2014,
            "c-1003",
            WINDOWS,
            c.window(5, "10:00", "12:00"),
            (SHOTA,),
            NERIMA,
            cancellation=Cancellation(
                reason="雨の予報のため。あらためてお電話で日程をご相談します", at=c.at(-1, "8:20")
            ),
        ),
        visit(2015, "c-1005", REGULAR, c.window(6, "9:00", "11:00"), (MISAKI,), IKEGAMI),
    )


def _later(c: Calendar) -> tuple[Appointment, ...]:
    return (
        visit(
            2016,
            "c-1004",
            REGULAR,
            c.window(8, "9:00", "10:30"),
            (MISAKI,),
            ROOM_105,
            series=c.series("series-2", 8, 1),
        ),
        visit(2017, "c-1010", YEAR_END, c.window(9, "9:00", "14:00"), (), SENGOKU),
        visit(
            2018,
            "c-1001",
            REGULAR,
            c.window(16, "10:00", "12:00"),
            (KENICHI,),
            ASAGAYA,
            series=c.series("series-1", 2, 2),
        ),
        visit(
            2019, "c-1001", YEAR_END, c.window(22, "9:00", "15:00"), (KENICHI, SHOTA), ASAGAYA, invoice=1047
        ),
    )
