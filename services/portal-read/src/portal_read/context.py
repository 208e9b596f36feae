"""What every page and every loop of portal-read works with."""

from dataclasses import dataclass, field

from chassis.context import ServiceContext
from chassis.identity import SessionUses, SessionVerifier
from chassis.identity.ended_sessions import EndedSessions
from chassis.web import RequestLimit, SignedCookie
from papers.press import Press

from portal_read.freshness import Freshness
from portal_read.live_updates import LiveUpdates
from portal_read.ports import AccountChoices, Cards, Messages, OnlinePayments, Passkeys, PayLinks
from portal_read.read_model import ReadModel
from portal_read.settings import Settings
from portal_read.slug_directory import SlugDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(ServiceContext[Settings]):
    """`returning` remembers the page somebody wanted before signing in; `build` names this build in ETags.

    `press` typesets invoices and statements; `feed_requests` and `feed_networks` count who fetches calendar
    feeds, `link_networks` who opens pay links, `statement_files` and `data_downloads` how often a contact
    takes these.
    """

    read_model: ReadModel
    slugs: SlugDirectory
    live_updates: LiveUpdates
    freshness: Freshness
    ended_sessions: EndedSessions
    verifier: SessionVerifier
    session_uses: SessionUses
    flash: SignedCookie
    returning: SignedCookie
    account_choices: AccountChoices
    passkeys: Passkeys
    cards: Cards
    online_payments: OnlinePayments
    messages: Messages
    pay_links: PayLinks
    feed_requests: RequestLimit
    feed_networks: RequestLimit
    link_networks: RequestLimit
    statement_files: RequestLimit
    data_downloads: RequestLimit
    press: Press = field(default_factory=Press)
    build: str

    async def ready(self) -> bool:
        """Whether there is a projection to show."""
        return await self.read_model.ready()

    async def close(self) -> None:
        """Give every connection back."""
        await self.ended_sessions.close()
        await self.account_choices.close()
        await self.online_payments.close()
        await self.messages.close()
        await self.read_model.close()
        await ServiceContext[Settings].close(self)
