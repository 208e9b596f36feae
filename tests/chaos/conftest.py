"""One stack for the tests of money, apart from that of the kill test."""

from collections.abc import Iterator

import pytest
from local_stack.environment import PER_SOURCE, Addresses
from local_stack.testing import full_stack


@pytest.fixture(scope="package")
def paying() -> Iterator[Addresses]:
    # Every payer comes from one address; what is counted per person stays as it is.
    with full_stack(dict.fromkeys(PER_SOURCE, "1000")) as addresses:
        yield addresses
