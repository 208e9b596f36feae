"""Sparkle Home itself."""

from servicehub_events import Issuer, Reminders, StaffMember, Support

from stand_in_servicehub.profile import PortalSettings, Profile

BUSINESS_ID = "biz-sparkle"
TAX = "8.875"  # New York City sales tax, percent
NO_TAX = "0"

MARIA = StaffMember(staff_id="s-1", name="Maria Reyes", role="Team lead")
DEVON = StaffMember(staff_id="s-2", name="Devon Park", role="Cleaner")
IMANI = StaffMember(staff_id="s-3", name="Imani Brooks", role="Window specialist")

PROFILE = Profile(
    business_id=BUSINESS_ID,
    portal=PortalSettings(
        slug="sparkle-home",
        name="Sparkle Home",
        legal_name="Sparkle Home LLC",
        primary_colour="#1E7B57",
        locales=("en", "ja"),
        default_locale="en",
        time_zone="America/New_York",
        currency="USD",
        country="US",
        website="https://sparklehome.example",
        support=Support(
            email="hello@sparklehome.example", phone="+12125550142", hours="Mon–Sat, 8 AM – 6 PM"
        ),
        stripe_account="acct_sparkle",
        reminders=Reminders(hours_before=(24,)),
    ),
    issuer=Issuer(legal_name="Sparkle Home LLC", address="18 Atlantic Avenue, Brooklyn, NY 11201"),
    prices_include_tax=False,
    tax_rates=(TAX, NO_TAX),
    staff=(MARIA, DEVON, IMANI),
)
