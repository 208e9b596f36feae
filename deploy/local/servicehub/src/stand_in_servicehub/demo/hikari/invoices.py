"""ひかり清掃's invoices (適格請求書): one of each state that a business can bring about itself."""

from servicehub_events import Discount, Invoice, PartialPayment, Recipient

from stand_in_servicehub.arithmetic import line
from stand_in_servicehub.demo.billing import Biller
from stand_in_servicehub.demo.calendar import Calendar
from stand_in_servicehub.demo.hikari.business import NO_TAX, PROFILE, REDUCED, TAX


def invoices(calendar: Calendar) -> tuple[Invoice, ...]:
    """What is settled, what is to pay, what is late."""
    biller = Biller(PROFILE, calendar)
    return (*_settled(biller), *_late(biller), *_open(biller), *_organisations(biller))


def _settled(biller: Biller) -> tuple[Invoice, ...]:
    return (
        biller.bill(
            1012,
            "c-1001",
            [line("定期清掃(2時間)", "1", 13_500, TAX)],
            issued=-86,
            due=-72,
            status="void",
            memo="期日前のキャンセルのため、お支払いは不要です。",
        ),
        biller.bill(
            1031,
            "c-1001",
            [line("定期清掃(2時間)", "1", 13_500, TAX)],
            issued=-25,
            due=-11,
            paid=[biller.received("r-1", "cash", 14_850, -22)],
            visits=["v-2002"],
        ),
        biller.bill(
            1048,
            "c-1005",
            [line("定期清掃(2時間)", "1", 13_500, TAX)],
            issued=-35,
            due=-21,
            paid=[biller.received("r-1", "transfer", 14_850, -30)],
        ),
        biller.bill(
            1043,
            "c-1008",
            [line("窓清掃", "1", 13_500, TAX)],
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
            [line("定期清掃(2時間)", "1", 13_500, TAX)],
            issued=-11,
            due=-4,
            paid=[biller.received("r-1", "transfer", 8_000, -6)],
            partial=PartialPayment(allowed=True),
            visits=["v-2003"],
        ),
        biller.bill(
            1046,
            "c-1007",
            [line("定期清掃(2時間)", "1", 13_500, TAX)],
            issued=-19,
            due=-5,
            visits=["v-2007"],
        ),
    )


def _open(biller: Biller) -> tuple[Invoice, ...]:
    return (
        # A refundable deposit for a key is outside consumption tax (不課税).
        biller.bill(
            1036,
            "c-1002",
            [line("合鍵お預かり保証金(不課税)", "1", 5_000, NO_TAX)],
            issued=-8,
            due=6,
        ),
        # Agreed as a price with tax (税込), unlike the others.
        biller.bill(
            1044,
            "c-1006",
            [
                line("Regular cleaning by the hour", "1.75", 7_150, TAX),
                line("Drinking water, 2 L × 6", "1", 1_080, REDUCED, reduced=True),
            ],
            issued=-3,
            due=11,
            prices_include_tax=True,
        ),
        biller.bill(
            1045,
            "c-1003",
            [line("庭の手入れ・外まわり清掃(時間)", "7.5", 4_200, TAX), line("ごみ処分費", "1", 3_300, TAX)],
            issued=-13,
            due=9,
            paid=[biller.received("r-1", "transfer", 10_000, -5)],
            partial=PartialPayment(allowed=True, minimum=5_000),
        ),
        biller.bill(
            1047,
            "c-1001",
            [
                line("大掃除(キッチン・浴室・換気扇)", "1", 38_000, TAX),
                line("エアコン清掃(台)", "2", 4_000, TAX),
                line("飲料水 2L×6本(箱)", "2", 1_000, REDUCED, reduced=True),
            ],
            issued=-8,
            due=22,
            deposit=(15_000, 8),
            partial=PartialPayment(allowed=True, minimum=2_000),
            paid=[biller.received("r-1", "transfer", 5_000, -7), biller.received("r-2", "cash", 5_000, -5)],
            visits=["v-2019"],
        ),
    )


def _organisations(biller: Biller) -> tuple[Invoice, ...]:
    midori = Recipient(name="株式会社みどり住宅管理 世田谷支店", address="東京都世田谷区桜台9-8-1")
    return (
        biller.bill(
            1019,
            "c-1009",
            [line("院内清掃(1回)", "1", 24_000, TAX)],
            issued=-39,
            due=-9,
            paid=[biller.received("r-1", "transfer", 26_400, -12)],
            visits=["v-2001"],
        ),
        biller.bill(
            1039,
            "c-1004",
            [
                line("空室清掃(時間)", "9", 4_500, TAX),
                line("カーペット洗浄(㎡)", "19.75", 680, TAX),
                line("入居者様用 緑茶ティーバッグ(箱)", "3", 540, REDUCED, reduced=True),
            ],
            issued=-5,
            due=25,
            discounts=[
                Discount(description="年間契約割引(作業費10%)", amount=4_050, tax_rate=TAX),
                Discount(description="染み残りのお詫び", amount=1_000, tax_rate=TAX),
            ],
            recipient=midori,
            site="みどりハイツ 302号室",
            visits=["v-2005"],
            memo="注文番号 88-1204",
        ),
    )
