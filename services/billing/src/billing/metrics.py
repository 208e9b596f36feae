"""What billing counts and times. Labels name no payer and no business."""

from chassis.observability import Counter, Histogram
from chassis.observability.metrics import HOURS_SECONDS

_payments = Counter(
    __name__, "portal_payments_total", "payments that came to a status, and who found out", "status", "by"
)
_webhooks = Counter(__name__, "portal_webhooks_total", "webhooks of Stripe's", "kind", "outcome")
_age = Histogram(
    __name__,
    "portal_webhook_age_seconds",
    "from Stripe's event to its effect here",
    buckets=HOURS_SECONDS,
)
_corrections = Counter(
    __name__, "portal_reconciler_corrections_total", "events of Stripe's that no webhook had told"
)
_account_checks = Counter(
    __name__, "portal_account_checks_total", "looks at a business's Stripe account", "standing"
)


def count_account_check(standing: str) -> None:
    """An account was asked about."""
    _account_checks.add(standing=standing)


def count_payment(status: str, actor: str) -> None:
    """A payment came to a new status; `actor` without the id behind its colon."""
    _payments.add(status=status, by=actor.partition(":")[0])


def count_webhook(kind: str, outcome: str, age_seconds: float | None = None) -> None:
    """A webhook was dropped or handled."""
    _webhooks.add(kind=kind, outcome=outcome)
    if age_seconds is not None:
        _age.record(age_seconds)


def count_missed(missed: int) -> None:
    """The reconciler found so many events that were never posted."""
    _corrections.add(missed)
