"""Sparkle Home's customers. Numbers +1 212 555 01xx and mail.example belong to nobody."""

from servicehub_events import Contact, Customer, CustomerSite

from stand_in_servicehub.demo.sparkle.business import BUSINESS_ID

CEDAR_4B = CustomerSite(
    site_id="site-1", label="Unit 4B", address="77 Cedar Row, Unit 4B, Brooklyn, NY 11205"
)
CEDAR_2A = CustomerSite(
    site_id="site-2", label="Unit 2A", address="77 Cedar Row, Unit 2A, Brooklyn, NY 11205"
)


def customers() -> tuple[Customer, ...]:
    """People first, then organisations; every id exists at the other business too, as somebody else."""
    return (*_families(), *_others(), *_organisations())


def _person(
    customer_id: str,
    name: str,
    address: str,
    *contacts: Contact,
    locale: str | None = None,
    access: bool = True,
) -> Customer:
    return Customer(
        business_id=BUSINESS_ID,
        customer_id=customer_id,
        display_name=name,
        kind="person",
        locale=locale,
        portal_access=access,
        contacts=contacts,
        sites=(CustomerSite(site_id="site-1", label="Home", address=address),),
    )


def _families() -> tuple[Customer, ...]:
    daniel = "daniel@mail.example"  # the same address twice: after the code he chooses for whom
    return (
        _person(
            "c-1001",
            "Hannah Whitfield",
            "120 Maple Street, Apt 3B, Brooklyn, NY 11225",
            Contact(
                contact_id="p-1", name="Hannah Whitfield", email="hannah@mail.example", phone="+12125550101"
            ),
            locale="en",
        ),
        _person(
            "c-1002",
            "Daniel Okafor",
            "9 Willow Court, Brooklyn, NY 11231",
            Contact(contact_id="p-2", name="Daniel Okafor", email=daniel, phone="+12125550102"),
            locale="en",
        ),
        _person(
            "c-1003",
            "Grace Okafor",
            "41 Orchard Lane, Queens, NY 11375",
            Contact(contact_id="p-3", name="Grace Okafor", phone="+12125550103"),
            Contact(contact_id="p-4", name="Daniel Okafor", email=daniel, roles=("invoices", "pay")),
            locale="en",
        ),
    )


def _others() -> tuple[Customer, ...]:
    return (
        _person("c-1005", "Walter Lindqvist", "3 Harbor View, Staten Island, NY 10301"),
        _person(
            "c-1006",
            "Aoi Morita",
            "255 Juniper Street, Apt 12, Brooklyn, NY 11201",
            Contact(
                contact_id="p-8", name="森田 葵", email="aoi@mail.example", phone="+12125550106", locale="ja"
            ),
            locale="ja",
        ),
        _person(
            "c-1007",
            "Priya Raman",
            "68 Linden Place, Brooklyn, NY 11238",
            Contact(contact_id="p-9", name="Priya Raman", phone="+12125550107"),
        ),
        _person(
            "c-1008",
            "Tomás Delgado",
            "14 Poplar Terrace, Brooklyn, NY 11220",
            Contact(contact_id="p-10", name="Tomás Delgado", email="tomas@mail.example"),
            access=False,
        ),
        _person(
            "c-1010",
            "Lucille Bennett",
            "500 Elm Avenue, Apt 7, Brooklyn, NY 11218",
            Contact(
                contact_id="p-12", name="Lucille Bennett", email="lucille@mail.example", phone="+12125550110"
            ),
        ),
    )


def _organisations() -> tuple[Customer, ...]:
    cedar = Customer(
        business_id=BUSINESS_ID,
        customer_id="c-1004",
        display_name="Cedar Row Property Management",
        kind="organisation",
        locale="en",
        portal_access=True,
        contacts=(
            Contact(contact_id="p-5", name="Rosa Kim", email="site@cedarrow.example", roles=("visits",)),
            Contact(
                contact_id="p-6",
                name="Oliver Grant",
                email="accounts@cedarrow.example",
                roles=("invoices", "pay"),
            ),
            Contact(
                contact_id="p-7", name="Nadia Farouk", email="nadia@cedarrow.example", phone="+12125550104"
            ),
        ),
        sites=(CEDAR_4B, CEDAR_2A),
    )
    dental = Customer(
        business_id=BUSINESS_ID,
        customer_id="c-1009",
        display_name="Brightwater Dental",
        kind="organisation",
        portal_access=True,
        contacts=(Contact(contact_id="p-11", name="Erin Walsh", email="office@brightwater.example"),),
        sites=(
            CustomerSite(site_id="site-1", label="Practice", address="210 Court Street, Brooklyn, NY 11201"),
        ),
    )
    return (cedar, dental)
