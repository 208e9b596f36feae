"""What every handler of the notifier gets."""

import random
from dataclasses import dataclass

from chassis.context import ServiceContext
from chassis.encryption import FieldCipher

from notifier.domain.delivery import Jitter
from notifier.ports import MailSender, SmsSender
from notifier.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(ServiceContext[Settings]):
    """`mail` and `sms` take messages; `cipher` encrypts addresses and codes, `links` the tokens of links."""

    mail: MailSender
    sms: SmsSender
    cipher: FieldCipher
    links: FieldCipher
    jitter: Jitter = random.random

    async def close(self) -> None:
        """Give everything back."""
        await self.sms.close()
        await ServiceContext[Settings].close(self)
