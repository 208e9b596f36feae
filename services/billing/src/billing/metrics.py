"""What billing counts and times. Labels name no payer and no business."""

from chassis.observability import meter

_payments = meter.create_counter("portal_payments", description="by status and who found out")
_webhooks = meter.create_counter("portal_webhooks", description="by kind and outcome")
_age = meter.create_histogram("portal_webhook_age", unit="s", description="from event to handled")
_corrections = meter.create_counter("portal_reconciler_corrections", description="what no webhook had told")
_account_checks = meter.create_counter("portal_account_checks", description="by how the account stood")


def count_account_check(standing: str) -> None:
    """An account was asked about."""
    _account_checks.add(1, {"standing": standing})


def count_payment(status: str, actor: str) -> None:
    """A payment came to a new status; `actor` without the id behind its colon."""
    _payments.add(1, {"status": status, "by": actor.partition(":")[0]})


def count_webhook(kind: str, outcome: str, age_seconds: float | None = None) -> None:
    """A webhook was dropped or handled."""
    _webhooks.add(1, {"kind": kind, "outcome": outcome})
    if age_seconds is not None:
        _age.record(max(0.0, age_seconds))


def count_missed(missed: int) -> None:
    """The reconciler found so many events that were never posted."""
    _corrections.add(missed)
