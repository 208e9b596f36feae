"""ひかり清掃's customers. Numbers 070-0000-xxxx and mail.example belong to nobody."""

from servicehub_events import Contact, Customer, CustomerSite

from stand_in_servicehub.demo.hikari.business import BUSINESS_ID

MIDORI_302 = CustomerSite(
    site_id="site-1", label="みどりハイツ 302号室", address="東京都世田谷区桜台9-8-7 みどりハイツ302"
)
MIDORI_105 = CustomerSite(
    site_id="site-2", label="みどりハイツ 105号室", address="東京都世田谷区桜台9-8-7 みどりハイツ105"
)


def customers() -> tuple[Customer, ...]:
    """People first, then organisations; every id exists at the other business too, as somebody else."""
    return (*_families(), *_others(), *_organisations())


def _person(
    customer_id: str,
    name: str,
    reading: str | None,
    address: str,
    *contacts: Contact,
    locale: str | None = "ja",
    access: bool = True,
) -> Customer:
    return Customer(
        business_id=BUSINESS_ID,
        customer_id=customer_id,
        display_name=name,
        kind="person",
        reading=reading,
        honorific="様" if reading else None,
        locale=locale,
        portal_access=access,
        contacts=contacts,
        sites=(CustomerSite(site_id="site-1", label="ご自宅", address=address),),
    )


def _families() -> tuple[Customer, ...]:
    daisuke = "daisuke@mail.example"  # the same address twice: after the code he chooses for whom
    return (
        _person(
            "c-1001",
            "高橋 由美",
            "タカハシ ユミ",
            "東京都杉並区阿佐谷北9-2-3 メゾン阿佐谷302",
            Contact(contact_id="p-1", name="高橋 由美", email="yumi@mail.example", phone="+817000000101"),
        ),
        _person(
            "c-1002",
            "中村 大輔",
            "ナカムラ ダイスケ",
            "東京都中野区本町9-4-1 コーポ中野201",
            Contact(contact_id="p-2", name="中村 大輔", email=daisuke, phone="+817000000102"),
        ),
        _person(
            "c-1003",
            "中村 静江",
            "ナカムラ シズエ",
            "東京都練馬区豊玉北9-11-5",
            Contact(contact_id="p-3", name="中村 静江", phone="+817000000103"),
            Contact(contact_id="p-4", name="中村 大輔", email=daisuke, roles=("invoices", "pay")),
        ),
    )


def _others() -> tuple[Customer, ...]:
    return (
        _person("c-1005", "伊藤 茂", "イトウ シゲル", "東京都大田区池上9-7-2"),
        _person(
            "c-1006",
            "Emily Carter",
            None,
            "東京都渋谷区恵比寿9-3-8 恵比寿テラス801",
            Contact(
                contact_id="p-8",
                name="Emily Carter",
                email="emily@mail.example",
                phone="+817000000106",
                locale="en",
            ),
            locale="en",
        ),
        _person(
            "c-1007",
            "小林 直樹",
            "コバヤシ ナオキ",
            "東京都三鷹市下連雀9-5-6",
            Contact(contact_id="p-9", name="小林 直樹", phone="+817000000107"),
        ),
        _person(
            "c-1008",
            "松本 香織",
            "マツモト カオリ",
            "東京都武蔵野市吉祥寺北町9-1-4",
            Contact(contact_id="p-10", name="松本 香織", email="kaori@mail.example"),
            access=False,
        ),
        # Known to the other business too, by the same address.
        _person(
            "c-1010",
            "森田 葵",
            "モリタ アオイ",
            "東京都文京区千石9-6-3 千石レジデンス405",
            Contact(contact_id="p-12", name="森田 葵", email="aoi@mail.example", phone="+817000000110"),
        ),
    )


def _organisations() -> tuple[Customer, ...]:
    midori = Customer(
        business_id=BUSINESS_ID,
        customer_id="c-1004",
        display_name="株式会社みどり住宅管理",
        kind="organisation",
        reading="カブシキガイシャミドリジュウタクカンリ",
        honorific="御中",
        locale="ja",
        portal_access=True,
        contacts=(
            Contact(contact_id="p-5", name="吉田 恵", email="genba@midori-kanri.example", roles=("visits",)),
            Contact(
                contact_id="p-6",
                name="山本 浩",
                email="keiri@midori-kanri.example",
                roles=("invoices", "pay"),
            ),
            Contact(
                contact_id="p-7", name="加藤 明子", email="kato@midori-kanri.example", phone="+817000000104"
            ),
        ),
        sites=(MIDORI_302, MIDORI_105),
    )
    dental = Customer(
        business_id=BUSINESS_ID,
        customer_id="c-1009",
        display_name="さくら通り歯科",
        kind="organisation",
        reading="サクラドオリシカ",
        honorific="御中",
        portal_access=True,
        contacts=(Contact(contact_id="p-11", name="井上 真由", email="uketsuke@sakura-shika.example"),),
        sites=(CustomerSite(site_id="site-1", label="診療所", address="東京都目黒区自由が丘9-2-1 1階"),),
    )
    return (midori, dental)
