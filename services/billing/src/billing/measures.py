"""What billing counts and times. Labels name no payer and no business."""

from chassis.observability import telemetry

_payments = telemetry.meter.create_counter("portal_payments", description="by status and who found out")
_webhooks = telemetry.meter.create_counter("portal_webhooks", description="by kind and outcome")
_age = telemetry.meter.create_histogram("portal_webhook_age", unit="s", description="from event to handled")
_corrections = telemetry.meter.create_counter(
    "portal_reconciler_corrections", description="what no webhook had told"
)


def count(status: str, actor: str) -> None:
    """A payment came to a new status; `actor` without the id behind its colon."""
    _payments.add(1, {"status": status, "by": actor.partition(":")[0]})


def webhook(kind: str, outcome: str, age_seconds: float | None = None) -> None:
    """A notice was stored, dropped or handled."""
    _webhooks.add(1, {"kind": kind, "outcome": outcome})
    if age_seconds is not None:
        _age.record(max(0.0, age_seconds))


def corrected(missed: int) -> None:
    """The reconciler found so many notices that nobody had told."""
    _corrections.add(missed)
