"""What every handler of the notifier gets."""

import random
from dataclasses import dataclass

from chassis.context import ServiceContext
from chassis.encryption import FieldCipher

from notifier.domain.channels import AddressIndex
from notifier.domain.delivery import Jitter
from notifier.ports import MailSender, SmsSender, TextWebhooks
from notifier.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(ServiceContext[Settings]):
    """`mail` and `sms` take messages, `text_webhooks` reads what is posted of texts; `cipher` encrypts
    addresses and codes, `addresses` finds addresses again, `links` encrypts the tokens of links.
    """

    mail: MailSender
    sms: SmsSender
    text_webhooks: TextWebhooks
    cipher: FieldCipher
    addresses: AddressIndex
    links: FieldCipher
    jitter: Jitter = random.random

    async def close(self) -> None:
        """Give everything back."""
        await self.mail.close()
        await self.sms.close()
        await ServiceContext[Settings].close(self)
