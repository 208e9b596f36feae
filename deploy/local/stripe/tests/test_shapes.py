"""Every object has the fields that Stripe's OpenAPI document and its own client declare, and no other."""

import inspect
import json
from collections.abc import Iterator
from contextlib import suppress
from types import NoneType
from typing import Any, Union, cast, get_args, get_origin

import jsonschema
import pytest
import stripe
from portal_testing.stack.stripe_sandbox import Refused
from sandbox_beside import KEY, Running
from stand_in_stripe.objects import TABLE, TABLE_FILE, change, new
from stand_in_stripe.operations import OPERATIONS
from stand_in_stripe.sandbox import API_VERSION
from stripe._object_classes import get_object_class
from stripe.params.checkout import SessionCreateParams
from stripe_orders import HIKARI, SETUP, yen_order

Kind = type[stripe.StripeObject]
Sent = dict[str, object]
READ = [(TABLE.operations[each.key]["answers"], each.path) for each in OPERATIONS if each.method == "GET"]
PATHS = {kind: path for kind, path in READ if path.endswith("}") and not path.startswith("/v1/account")}
KINDS = TABLE.objects.keys() - {"deleted_customer"}
ALONE = {"account": "/v1/account", "balance": "/v1/balance"}
NOT_IN_THE_DOCUMENT = {"submission_method"}
"""Fields that the client has as always there, and Stripe's document has not."""


def class_of(kind: str) -> Kind:
    # The one object whose kind its class does not bear there.
    return stripe.LineItem if kind == "item" else get_object_class("V1", kind)


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
    required = {
        name for name, hint in declared.items() if NoneType not in choices(hint)
    } - NOT_IN_THE_DOCUMENT
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
    """One of each, by every way to pay, paid, declined, waiting, asked, kept, refunded and disputed."""
    sessions = running.client().v1.checkout.sessions
    made = [(await sessions.create_async(yen_order(), {"stripe_account": HIKARI})).id for _ in range(5)]
    await running.controls.pay(made[0])
    await running.controls.pay_by_konbini(made[1])
    await running.controls.pay_by_konbini(made[2])
    await running.controls.settle(made[2])
    await running.http.post(f"/_sandbox/sessions/{made[3]}/pay", json={"card": "4000000000000002"})
    await running.controls.pay(made[4])
    await keep_and_ask(running)
    await go_back(running, made)
    await running.controls.advance(5 * 24 * 3600)
    booked = (await running.http.get("/_sandbox/books")).json()
    found = [
        (class_of(kind), await fetched(running, path.partition("{")[0] + each["id"]))
        for kind, path in PATHS.items()
        for each in booked[f"{kind.rpartition('.')[2]}s"]
        if each["stripe_account"] == HIKARI
    ]
    alone = [(class_of(kind), await fetched(running, path)) for kind, path in ALONE.items()]
    items = await fetched(running, f"/v1/checkout/sessions/{made[0]}/line_items")
    line = cast("list[Sent]", items["data"])[0]
    return [*found, *alone, (stripe.LineItem, line), (stripe.Price, cast("Sent", line["price"]))]


async def keep_and_ask(running: Running) -> None:
    """A card that is kept, one that is declined instead, and payers who are asked, with yes and with no."""
    client, hikari = running.client().v1, stripe.RequestOptions(stripe_account=HIKARI)
    customer = (await client.customers.create_async({"email": "yumi@mail.example"}, hikari)).id
    setup = cast("SessionCreateParams", SETUP | {"customer": customer})
    for card in ("4000002500003155", "4000000000000002", "4242424242424242"):
        with suppress(Refused):
            await running.controls.pay((await client.checkout.sessions.create_async(setup, hikari)).id, card)
    asked = [(await client.checkout.sessions.create_async(yen_order(), hikari)).id for _ in range(3)]
    await running.controls.pay(asked[0], method="paypay")
    await running.controls.approve(asked[0])
    await running.controls.pay(asked[1], "4000002760003184")
    await running.controls.approve(asked[1], approved=False)
    await running.controls.pay(asked[2], method="paypay")


async def go_back(running: Running, paid: list[str]) -> None:
    """Refunds in every state, a dispute that is won and one that is asked about."""
    await running.controls.refund(paid[0], 1000)
    await running.controls.refund(paid[0], 1000, status="pending")
    await running.controls.fail_refund((await running.controls.refund(paid[0], 1000)).id)
    await running.controls.refund(paid[2], 1000, status="requires_action")
    await running.controls.dispute(paid[0], warning=True)
    await running.controls.dispute(paid[4])
    await running.controls.close_dispute(paid[4], won=True)


def against_the_table(sent: Sent) -> list[str]:
    """What the table has against an object, with all that is expanded in it."""
    table = json.loads(TABLE_FILE.read_text())
    kind = "deleted_customer" if "deleted" in sent else sent["object"]
    schema = table | {"$ref": f"#/objects/{kind}"}
    errors: Iterator[Any] = jsonschema.Draft202012Validator(schema).iter_errors(cast("Any", sent))  # pyright: ignore[reportUnknownMemberType]
    return [f"{sent['object']}: {error.json_path}: {error.message}" for error in errors]


async def test_the_clients_classes_and_the_sandboxs_objects_agree(running: Running) -> None:
    found = await samples(running)
    assert {kind for kind, _ in found} >= {class_of(kind) for kind in KINDS}
    assert [each for kind, sent in found for each in differences(kind, sent, kind.__name__)] == []


async def test_stripes_document_and_the_sandboxs_objects_agree(running: Running) -> None:
    sent = [sent for _, sent in await samples(running)]
    whole = [each for each in sent if each["object"] in KINDS]
    told = [cast("dict[str, Sent]", each["data"])["object"] for each in whole if each["object"] == "event"]
    session = next(each for each in whole if each["object"] == "checkout.session")
    expand = "expand[]=line_items&expand[]=payment_intent.latest_charge.refunds"
    expanded = await fetched(running, f"/v1/checkout/sessions/{session['id']}?{expand}")
    assert {each["object"] for each in whole} == KINDS
    assert [each for object_ in (*whole, *told, expanded) for each in against_the_table(object_)] == []


def test_a_field_that_stripe_does_not_have_can_not_be_written() -> None:
    with pytest.raises(KeyError, match=r"refund has no \['colour'\]"):
        new("refund", colour="red")
    with pytest.raises(KeyError, match=r"refund\.id has to be given"):
        new("refund", amount=1)
    with pytest.raises(KeyError):
        change({"object": "refund"}, colour="red")
    assert against_the_table({"object": "refund", "colour": "red"}) != []


def test_the_table_has_every_operation_that_is_served_and_no_other() -> None:
    assert list(json.loads(TABLE_FILE.read_text())["operations"]) == [each.key for each in OPERATIONS]


def test_events_are_of_the_version_that_stripes_own_client_is_written_for() -> None:
    assert stripe.api_version == API_VERSION


def test_the_comparison_sees_a_missing_and_an_unknown_field() -> None:
    found = differences(stripe.Event, {"colour": 1, "data": {}}, "Event")
    assert "Event: unknown colour" in found
    assert "Event: no id" in found
    assert "Event.data: no object" in found
