"""ひかり清掃 itself."""

from servicehub_events import Issuer, Reminders, StaffMember, Support

from stand_in_servicehub.profile import PortalSettings, Profile

BUSINESS_ID = "biz-hikari"
TAX = "10"
REDUCED = "8"  # 軽減税率, percent: drinks and food
NO_TAX = "0"

KENICHI = StaffMember(staff_id="s-1", name="佐藤 健一", role="チーフ")
MISAKI = StaffMember(staff_id="s-2", name="鈴木 美咲", role="清掃スタッフ")
SHOTA = StaffMember(staff_id="s-3", name="渡辺 翔太", role="窓・エアコン担当")

PROFILE = Profile(
    business_id=BUSINESS_ID,
    portal=PortalSettings(
        slug="hikari-seisou",
        name="ひかり清掃",
        legal_name="ひかり清掃株式会社",
        primary_colour="#C94F16",
        locales=("ja", "en"),
        default_locale="ja",
        time_zone="Asia/Tokyo",
        currency="JPY",
        country="JP",
        website="https://hikari-seisou.example",
        support=Support(email="info@hikari-seisou.example", phone="+81300000142", hours="月〜土 9:00〜18:00"),
        stripe_account="acct_hikari",
        disclosure_url="https://hikari-seisou.example/tokushoho",
        reminders=Reminders(hours_before=(24,)),
    ),
    issuer=Issuer(
        legal_name="ひかり清掃株式会社",
        registration_number="T1234567890123",  # its check digit is wrong on purpose: it is nobody's
        address="東京都杉並区高円寺南9-9-9",
    ),
    prices_include_tax=False,
    tax_rates=(TAX, REDUCED, NO_TAX),
    reduced_rates=(REDUCED,),
    staff=(KENICHI, MISAKI, SHOTA),
)
