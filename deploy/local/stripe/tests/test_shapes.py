"""Every object has each field that Stripe's own client says is always there, and none it does not know."""

import inspect
from collections.abc import Iterator
from types import NoneType
from typing import Union, cast, get_args, get_origin

import stripe
from sandbox_beside import KEY, Running
from stripe_orders import HIKARI, yen_order

Kind = type[stripe.StripeObject]
Sent = dict[str, object]


def fields(kind: Kind) -> dict[str, object]:
    """Field -> its type, as the client declares it."""
    hints = inspect.get_annotations(kind)
    return {name: hint for name, hint in hints.items() if name.islower() and not name.startswith("_")}


def choices(hint: object) -> tuple[object, ...]:
    return get_args(hint) if get_origin(hint) is Union else (hint,)


def nested(hint: object, value: object) -> Iterator[tuple[Kind, Sent]]:
    for choice in choices(hint):
        if isinstance(value, dict) and isinstance(choice, type) and issubclass(choice, stripe.StripeObject):
            yield choice, cast("Sent", value)


def differences(kind: Kind, sent: Sent, path: str) -> list[str]:
    declared = fields(kind)
    if not declared:
        return []
    required = {name for name, hint in declared.items() if NoneType not in choices(hint)}
    found = [f"{path}: no {name}" for name in sorted(required - sent.keys())]
    found += [f"{path}: unknown {name}" for name in sorted(sent.keys() - declared.keys())]
    for name in declared.keys() & sent.keys():
        for below, value in nested(declared[name], sent[name]):
            found += differences(below, value, f"{path}.{name}")
    return found


async def fetched(running: Running, path: str) -> Sent:
    headers = {"Authorization": f"Bearer {KEY}", "Stripe-Account": HIKARI}
    answer = await running.http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def samples(running: Running) -> list[tuple[Kind, Sent]]:
    """One of each, by card and by konbini, paid, declined, waiting, refunded and disputed."""
    sessions = running.client().v1.checkout.sessions
    made = [(await sessions.create_async(yen_order(), {"stripe_account": HIKARI})).id for _ in range(5)]
    await running.controls.pay(made[0])
    await running.controls.pay_by_konbini(made[1])
    await running.controls.pay_by_konbini(made[2])
    await running.controls.settle(made[2])
    await running.http.post(f"/_sandbox/sessions/{made[3]}/pay", json={"card": "4000000000000002"})
    await running.controls.pay(made[4])
    await go_back(running, made)
    books = await running.controls.books()
    wanted: list[tuple[Kind, str]] = [
        *((stripe.checkout.Session, f"checkout/sessions/{each.id}") for each in books.sessions),
        *((stripe.PaymentIntent, f"payment_intents/{each.id}") for each in books.payment_intents),
        *((stripe.Charge, f"charges/{each.id}") for each in books.charges),
        *((stripe.Refund, f"refunds/{each.id}") for each in books.refunds),
        *((stripe.Dispute, f"disputes/{each.id}") for each in books.disputes),
        *((stripe.Event, f"events/{each.id}") for each in books.events),
        (stripe.Account, "account"),
    ]
    found = [(kind, await fetched(running, f"/v1/{path}")) for kind, path in wanted]
    items = await fetched(running, f"/v1/checkout/sessions/{made[0]}/line_items")
    line = cast("list[Sent]", items["data"])[0]
    moved = [
        (stripe.BalanceTransaction, each)
        for kind, sent in found
        if kind is stripe.Dispute
        for each in cast("list[Sent]", sent["balance_transactions"])
    ]
    return [*found, *moved, (stripe.LineItem, line), (stripe.Price, cast("Sent", line["price"]))]


async def go_back(running: Running, paid: list[str]) -> None:
    """Refunds in every state, a dispute that is won and one that is asked about."""
    await running.controls.refund(paid[0], 1000)
    await running.controls.refund(paid[0], 1000, status="pending")
    await running.controls.fail_refund(await running.controls.refund(paid[0], 1000))
    await running.controls.refund(paid[2], 1000, status="requires_action")
    await running.controls.dispute(paid[0], warning=True)
    await running.controls.dispute(paid[4])
    await running.controls.close_dispute(paid[4], won=True)


async def test_the_clients_classes_and_the_sandboxs_objects_agree(running: Running) -> None:
    found = await samples(running)
    assert {kind for kind, _ in found} >= {stripe.checkout.Session, stripe.Charge, stripe.PaymentIntent}
    assert {kind for kind, _ in found} >= {stripe.Refund, stripe.Dispute, stripe.BalanceTransaction}
    assert [each for kind, sent in found for each in differences(kind, sent, kind.__name__)] == []


def test_the_comparison_sees_a_missing_and_an_unknown_field() -> None:
    found = differences(stripe.Event, {"colour": 1, "data": {}}, "Event")
    assert "Event: unknown colour" in found
    assert "Event: no id" in found
    assert "Event.data: no object" in found
