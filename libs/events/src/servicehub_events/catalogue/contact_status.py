"""ContactStatus: what staff should know of how a contact signs in. Published by auth-otp."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from servicehub_events.catalogue.base import Event, Value
from servicehub_events.catalogue.scalars import Id, Time, Word


class Unreachable(Value, frozen=True, kw_only=True):
    """Why no sign-in code reaches a contact: a word for each address that it has."""

    since: Time
    """When that was first known."""
    email: Word | None = None
    """What is wrong with the email address: `mailbox_unavailable`; absent: the contact has none."""
    phone: Word | None = None
    """What is wrong with the phone number: `landline`; absent: the contact has none."""


class ContactStatus(Event, frozen=True, kw_only=True):
    """What staff should know of how a contact signs in: ids, times and words, and never an address."""

    contact_id: Id
    """The contact: the second part of the record key."""
    customer_id: Id
    """The customer for whom it may act."""
    wrong_codes_at: Time | None = None
    """When so many wrong codes had last been entered for it that its codes became longer, to the end of that
    day in UTC."""
    guarded_until: Time | None = None
    """Until when only devices that it used before are sent codes: it said of a code "it was not me"."""
    unreachable: Unreachable | None = None
    """Why no code reaches it; absent while one can."""

    def _violations(self) -> Iterator[str]:
        if self.unreachable and not (self.unreachable.email or self.unreachable.phone):
            yield "unreachable names neither email nor phone"


class WrongCodesEntered(ContactStatus, frozen=True, kw_only=True):
    """So many wrong codes were entered for the contact that its codes are longer today; told once a day."""

    needs: ClassVar = ("wrong_codes_at",)


class SignInGuarded(ContactStatus, frozen=True, kw_only=True):
    """The contact said of a code "it was not me": strangers are sent no codes for its address for a while."""

    needs: ClassVar = ("guarded_until",)


class SignInGuardEnded(ContactStatus, frozen=True, kw_only=True):
    """Whoever asks is sent codes again: the time is over, or the contact has another address."""

    carries: ClassVar = {"guarded_until": (None,)}


class ContactUnreachable(ContactStatus, frozen=True, kw_only=True):
    """No code reaches the contact any more, by none of its addresses; or for another reason than before."""

    needs: ClassVar = ("unreachable",)


class ContactReachable(ContactStatus, frozen=True, kw_only=True):
    """A code reaches the contact again."""

    carries: ClassVar = {"unreachable": (None,)}


class ContactForgotten(ContactStatus, frozen=True, kw_only=True):
    """The contact may not sign in any more: removed, without access, or erased; ids are all that is left."""

    carries: ClassVar = {"wrong_codes_at": (None,), "guarded_until": (None,), "unreachable": (None,)}
