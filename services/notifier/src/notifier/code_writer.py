"""Writes sign-in codes: opened in memory, at the moment of sending."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.settings.keys import KeyRing
from servicehub_events import Business

from notifier.domain import Job
from notifier.messages.brand import brand_of
from notifier.messages.mail import Letter
from notifier.messages.sign_in_code_message import code_mail, code_sms, life_left
from notifier.messages.words import language_for
from notifier.ports import Refused, Sms
from notifier.sealed_codes import open_code


@dataclass(frozen=True, slots=True)
class CodeWriter:
    """Writes codes to addresses that are in the job itself. `public_host` is what a text message binds to."""

    keys: KeyRing
    public_origin: str
    public_host: str
    clock: Clock

    async def write(self, job: Job, business: Business) -> Letter | Sms:
        """The mail or the text message. Raises `Refused`."""
        sealed = open_code(self.keys, job.sealed or "", job.channel)
        if sealed is None:
            raise Refused("undecipherable")
        brand, left = brand_of(business, self.public_origin), life_left(job.expires_at, self.clock())
        locale = language_for(job.locale, business.default_locale)
        if job.channel == "sms":
            return Sms(sealed.to, code_sms(locale, brand, sealed.code, self.public_host), left)
        return Letter(sealed.to, brand, locale, code_mail(locale, brand, sealed.code, left))
