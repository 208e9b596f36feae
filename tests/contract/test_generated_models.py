"""Code generators make classes with names of the AsyncAPI document, which compile and fit what is sent."""

import json
import os
import re
import shutil

import pytest
from servicehub_events.registry import REGISTRY
from servicehub_events_tools import REPOSITORY
from servicehub_events_tools.derive.payloads import Payloads
from servicehub_events_tools.examples import read_examples

from tests.contract.support.model_generators import Models
from tests.contract.support.npm import NotInstalled

pytestmark = pytest.mark.judge
DOCUMENT = REPOSITORY / "libs/events/asyncapi.yaml"
PAYLOADS = Payloads(REGISTRY)
STATES = {kind.type: PAYLOADS.name(kind) for kind in REGISTRY.kinds()}
READS_MONEY = """\
package events;
public class Program {
  public static long owed(Invoice invoice) { return invoice.getTotal(); }
  public static Long least(PartialPayment part) { return part.getMinimum(); }
  public static java.time.LocalDate due(Invoice invoice) { return invoice.getDueOn(); }
  public static java.time.OffsetDateTime begin(VisitWindow window) { return window.getStart(); }
  public static boolean paid(Payment payment) { return payment.getStatus() == PaymentStatus.CAPTURED; }
}
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Generated once. Without a network that is a skip, except in CI."""
    try:
        return Models(tmp_path_factory.mktemp("models"), DOCUMENT.read_text())
    except NotInstalled as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def test_every_model_is_called_by_its_own_name_in_every_language(models: Models) -> None:
    assert models.names["ts"] == models.names["java"]
    assert {*STATES.values()} <= {*models.names["ts"]}
    assert [name for name in models.names["ts"] if re.search(r"Anonymous|Reserved|_", name)] == []


def test_models_in_typescript_take_every_golden_example_and_nothing_else(models: Models) -> None:
    imports = [f'import type {{ {name} }} from "./{name}";' for name in sorted({*STATES.values()})]
    values = [
        f"export const example{number}: {STATES[name]} = {json.dumps(example.value)};"
        for number, (name, example) in enumerate(read_examples().items())
        if name in STATES
    ]
    wrong = 'export const wrong: PaymentStatus = "paid";'
    typed = 'import type { PaymentStatus } from "./PaymentStatus";'
    assert models.typescript_objections("\n".join([*imports, *values])) == []
    (objection,) = models.typescript_objections("\n".join([typed, wrong]))
    assert "Type '\"paid\"' is not assignable to type" in objection


def test_models_in_java_compile_and_hold_money_in_64_bits(models: Models) -> None:
    javac = shutil.which("javac")
    if javac is None:
        pytest.skip("there is no Java compiler on this machine")
    assert models.java_objections(javac, READS_MONEY) == []
    assert " int amount" not in models.source("java", "Payment")
    assert models.java_objections(
        javac, READS_MONEY.replace("public static long owed", "public static int owed")
    )
