"""What somebody may do to the stand-in: one row each.

`POST /_sandbox/{path}`, the buttons of the pages and the methods of the tests' client all follow from the
rows. What may be sent, in JSON or by a form, are the parameters of the function after context and object.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

import msgspec

from stand_in_stripe import approvals, konbini, refunds
from stand_in_stripe.accounts import open_account
from stand_in_stripe.checkout_sessions import close
from stand_in_stripe.disputes import (
    INQUIRY,
    close_dispute,
    escalate_dispute,
    find_open,
    lost_of,
    open_dispute,
    prevent_dispute,
)
from stand_in_stripe.errors import no_such, refused
from stand_in_stripe.faults import FAULTS, Place, PlannedFault
from stand_in_stripe.losses import disconnect, forget
from stand_in_stripe.objects import Json, plain
from stand_in_stripe.payer import Payer
from stand_in_stripe.payment_methods import shown_methods
from stand_in_stripe.sandbox import PLATFORM, Context, Sandbox
from stand_in_stripe.timekeeper import advance

METHODS = {
    "card": approvals.pay_by_card,
    "konbini": konbini.print_voucher,
    "paypay": approvals.pay_by_paypay,
}
KINDS = {"sessions": "checkout.session", "refunds": "refund"}
Positive = Annotated[int, msgspec.Meta(gt=0)]


@dataclass(frozen=True)
class Control:
    """`choices`: what a button says -> what it sends beside the fields that a person fills in.

    `title` stands above it on a page that offers it while the object is in the state `when`.
    """

    path: str
    work: Callable[..., Json]
    choices: Mapping[str, str]
    title: str = ""
    when: str = ""

    @cached_property
    def wanted(self) -> type[msgspec.Struct]:
        """What may be sent."""
        hints = get_type_hints(self.work, include_extras=True)
        fields = [
            (
                name,
                hints[name],
                msgspec.NODEFAULT if parameter.default is parameter.empty else parameter.default,
            )
            for name, parameter in list(inspect.signature(self.work).parameters.items())[
                2 if self._kind else 1 :
            ]
        ]
        return msgspec.defstruct("Wanted", fields, kw_only=True, forbid_unknown_fields=True)

    @property
    def fields(self) -> list[tuple[str, tuple[str, ...], object]]:
        """What a person fills in: its name, what there is to choose from, and what stands there at first."""
        chosen = {name for sent in self.choices.values() for name, _ in parse_qsl(sent)}
        return [
            (
                field.name,
                get_args(field.type) if get_origin(field.type) is Literal else (),
                "" if field.default in (None, msgspec.NODEFAULT) else field.default,
            )
            for field in msgspec.structs.fields(self.wanted)
            if field.name not in chosen
        ]

    @property
    def _kind(self) -> str:
        return KINDS[self.path.partition("/")[0]] if "{id}" in self.path else ""

    def target(self, sandbox: Sandbox, identifier: str) -> tuple[Context, Json]:
        """The object that the path names, if it names one. Raises StripeError where it is not there."""
        if not self._kind:
            return Context(sandbox, PLATFORM), {}
        if (resource := sandbox.find(self._kind, identifier)) is None:
            raise no_such(self._kind, identifier, "id")
        return resource

    def run(self, ctx: Context, target: Json, sent: Json, *, strict: bool) -> Json:
        """Do it; `strict` False: numbers are text. Raises StripeError or msgspec.ValidationError."""
        wanted = msgspec.structs.asdict(msgspec.convert(sent, self.wanted, strict=strict))
        with ctx.sandbox.books.transaction():
            answer = self.work(ctx, *([target] if target else []), **wanted)
        return plain(answer) | {"stripe_account": ctx.account}


def pay(
    ctx: Context,
    session: Json,
    card: str = "4242424242424242",
    *,
    method: Literal["card", "konbini", "paypay"] = "card",
    total: Positive | None = None,
    save: bool = False,
    kept: str = "",
) -> Json:
    """Pay as a person at the page would, who may be asked to `approve` then.

    `total`: what the page then takes, unlike what was asked for; `save`: the box that keeps the card; `kept`:
    the id of a card that the page offers, in place of `card`.

    Raises StripeError for a card that is declined and for a session that is not open.
    """
    was_open = session["status"] == "open"
    if total is not None and was_open:
        session["amount_total"] = total  # as a promotion or a tax of the account's own would change it
    payer = Payer(email_of(ctx, session), card=card, save="on" if save else "")
    if kept:
        payer = payer_with(ctx, session, kept)
    session = METHODS[method](ctx, session, payer)
    if not was_open or session["status"] == "expired":
        raise refused(f"This session is {session['status']}: it can't be paid.")
    return session


def payer_with(ctx: Context, session: Json, kept: str) -> Payer:
    """Who pays with a card that the page offers. Raises StripeError for any other."""
    for method in shown_methods(ctx, session):
        if method["id"] == kept:
            return Payer(**method["_payer"] | {"kept": kept, "save": ""})
    raise refused("This page does not offer that card.")


def email_of(ctx: Context, session: Json) -> str:
    """What stands in the form of the pay page at first."""
    customer = ctx.find("customer", session["customer"]) or {}
    return customer.get("email") or session["customer_email"] or Payer.email


def expire(ctx: Context, session: Json) -> Json:
    """The time of an open session runs out at once. Raises StripeError for one that is not open."""
    if session["status"] != "open":
        raise refused(f"This session is {session['status']} already.")
    return close(ctx, session)


def refund(
    ctx: Context,
    session: Json,
    amount: int | None = None,
    *,
    status: Literal["succeeded", "pending", "requires_action"] = "succeeded",
) -> Json:
    """Give a payment back, as the business would in its dashboard; all that is left, or `amount` of it.

    `status`: how the refund begins; one that waits ends by `settle` or `fail`.
    """
    return refunds.refund(ctx, refunds.charge_of(ctx, session), amount, status)


def fault(
    ctx: Context,
    on: Place,
    kind: str,
    *,
    times: int | None = 1,
    every: int | None = None,
    seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None,
) -> Json:
    """Plan a fault, see `PlannedFault`. Raises StripeError."""
    ctx.sandbox.faults.append(PlannedFault(on, kind, times, every, seconds))
    return {"planned": ctx.sandbox.faults}


def limit_rates(ctx: Context, *, on: bool = True) -> Json:
    """Keep Stripe's rate limits from here on, or no longer."""
    ctx.sandbox.limits.on = on
    return {"on": on}


def behave(ctx: Context) -> Json:
    """End all faults and limits, and bring the clock back to the machine's time."""
    limit_rates(ctx, on=False)
    ctx.sandbox.faults.clear()
    ctx.sandbox.set_ahead(0)
    return {}


PAY = {
    "Pay by card": "method=card",
    "Get a konbini voucher": "method=konbini",
    "Go to PayPay": "method=paypay",
}
APPROVE = {"Approve": "approved=true", "Refuse": "approved=false"}
DISPUTE = {"Dispute it": "warning=false", "Only inquire": "warning=true"}
CLOSE = {"The business won": "won=true", "The business lost": "won=false"}
LIMITS = {"Limits on": "on=true", "Limits off": "on=false"}
CHARGES = {"Charges on": "charges_enabled=true", "Charges off": "charges_enabled=false"}
GO_WRONG = {f"{place}: {kind}": f"on={place}&kind={kind}" for place in FAULTS for kind in FAULTS[place]}
PAYER, BUSINESS, BANK, TIME = "As the payer", "As the business", "As the payer's bank", "As time itself"
CONTROLS = (
    Control("sessions/{id}/pay", pay, PAY, PAYER, "open"),
    Control("sessions/{id}/approve", approvals.answer, APPROVE, PAYER, "asked"),
    Control("sessions/{id}/settle", konbini.pay_voucher, {"Pay the voucher": ""}, PAYER, "voucher"),
    Control("sessions/{id}/hold", konbini.hold_voucher, {"Stand at the till": ""}, PAYER, "voucher"),
    Control("sessions/{id}/lapse", konbini.lapse_voucher, {"The voucher lapses": ""}, TIME, "voucher"),
    Control("sessions/{id}/expire", expire, {"The page expires": ""}, TIME, "open"),
    Control("sessions/{id}/refund", refund, {"Refund": ""}, BUSINESS, "refundable"),
    Control("sessions/{id}/dispute", open_dispute, DISPUTE, BANK, "disputable"),
    Control("sessions/{id}/close-dispute", close_dispute, CLOSE, BANK, "disputed"),
    Control("sessions/{id}/escalate-dispute", escalate_dispute, {"Charge back": ""}, BANK, "inquired"),
    Control("sessions/{id}/prevent-dispute", prevent_dispute, {"Settle it early": ""}, BANK, "inquired"),
    Control("sessions/{id}/forget", forget, {"The API forgets it": ""}, TIME, "open"),
    Control("refunds/{id}/settle", refunds.settle, {"It arrived": ""}, BANK, "waiting"),
    Control("refunds/{id}/fail", refunds.fail, {"It failed": ""}, BANK, "standing"),
    Control("rate-limits", limit_rates, LIMITS, "Stripe's rate limits"),
    Control("clock", advance, {"Let it pass": ""}, "Time passes, in seconds"),
    Control("accounts", open_account, CHARGES, "Open or change an account"),
    Control("accounts/disconnect", disconnect, {"Disconnect": ""}, "A business leaves the platform"),
    Control("faults", fault, GO_WRONG, "What goes wrong next"),
    Control("faults/clear", behave, {"Behave again": ""}),
)


def offered(ctx: Context, resource: Json) -> list[Control]:
    """What may be done to a session or a refund as it is."""
    states = (
        _states_of_refund(resource) if resource["object"] == "refund" else _states_of_session(ctx, resource)
    )
    return [control for control in CONTROLS if control.when and control.when in states]


def _states_of_refund(refund: Json) -> Sequence[str]:
    waits = ["waiting", "standing"]
    states = {"pending": waits, "requires_action": waits, "succeeded": ["standing"]}
    return states.get(refund["status"], [])


def _states_of_session(ctx: Context, session: Json) -> Sequence[str]:
    if approvals.asked(ctx, session):
        return ["open", "asked"]
    intent = ctx.find("payment_intent", session["payment_intent"])
    if session["status"] == "open" or intent is None:
        return [session["status"]]
    if intent["status"] != "succeeded":
        return ["voucher"] if intent["status"] == "requires_action" else []
    charge = refunds.charge_of(ctx, session)
    left, way = charge["amount"] - charge["amount_refunded"], charge["payment_method_details"]["type"]
    found = find_open(ctx, charge)
    may_be = way == "card" and left > lost_of(ctx, charge)
    dispute = "disputed" if found else "disputable" if may_be else ""
    inquired = ["inquired"] if found and found["status"] == INQUIRY else []
    return [dispute, *inquired, "refundable"] if left else [dispute, *inquired]
