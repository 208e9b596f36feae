"""What the table of kinds says of each: nothing that another column or a folder says otherwise."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, get_args

import notifier.messages
import pytest
from notifier.domain.kinds import (
    KINDS,
    RULES,
    AccessKind,
    AutopayKind,
    InvoiceKind,
    MessageGroup,
    MessageKind,
    PaymentKind,
    ReminderKind,
    RequestKind,
    VisitKind,
)
from servicehub_events import Role

MESSAGES: Final = Path(notifier.messages.__file__).parent
# A group is what a contact reads over the choice: it is true of what its kinds are about.
GROUPS_OF: Final[Mapping[object, set[MessageGroup]]] = {
    VisitKind: {"visit_bookings", "visit_changes", "visit_progress", "staff_changes"},
    InvoiceKind: {"invoices"},
    PaymentKind: {"payments", "voucher_reminders"},
    AutopayKind: {"payments"},
    RequestKind: {"request_receipts", "request_answers"},
    AccessKind: {"access"},
    ReminderKind: {"visit_reminders", "invoice_reminders", "invoices"},
}
ROLE_OF: Final[Mapping[MessageGroup, Role | None]] = {
    "visit_bookings": "visits",
    "visit_changes": "visits",
    "visit_reminders": "visits",
    "visit_progress": "visits",
    "staff_changes": "visits",
    "request_receipts": None,
    "request_answers": None,
    "invoices": "invoices",
    "invoice_reminders": "invoices",
    "voucher_reminders": "pay",
    "payments": "pay",
    "access": None,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_chosen_under_a_label_that_is_true_of_it(kind: MessageKind) -> None:
    true_of_it = [groups for about, groups in GROUPS_OF.items() if kind in get_args(about)]
    assert len(true_of_it) == 1, "a kind stands in one list, and GROUPS_OF says what its groups are"
    assert RULES[kind].group in true_of_it[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_the_words_of_a_text_unless_it_is_never_one(kind: MessageKind) -> None:
    assert (MESSAGES / kind / "sms.txt").is_file() or RULES[kind].texts == "never"


@pytest.mark.parametrize("kind", KINDS)
def test_who_may_see_what_a_kind_is_about_may_be_told(kind: MessageKind) -> None:
    assert RULES[kind].role == ROLE_OF[RULES[kind].group]
