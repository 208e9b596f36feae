"""Key rings with one more key, and what is said of the keys in use."""

import pytest
from chassis.commands.shell import shell
from chassis.encryption import FieldCipher
from chassis.settings.keys import InvalidKeys, KeyRing
from chassis.settings.new_keys import new_ring, with_last_first, with_new_key
from typer.testing import CliRunner

RUNNER = CliRunner()


def test_a_new_key_is_read_before_it_writes() -> None:
    former = new_ring("k1")
    added = with_new_key(former)
    assert (KeyRing.parse(added).current, list(KeyRing.parse(added).keys)) == ("k1", ["k1", "k2"])
    ring = KeyRing.parse(with_last_first(added))
    assert (ring.current, list(ring.keys)) == ("k2", ["k2", "k1"])
    stored = FieldCipher(KeyRing.parse(former)).encrypt(b"x", context="c")
    assert FieldCipher(ring).decrypt(stored, context="c") == b"x"
    later = FieldCipher(ring).encrypt(b"x", context="c")
    assert FieldCipher(KeyRing.parse(added)).decrypt(later, context="c") == b"x"


def test_no_key_is_added_to_what_is_no_ring() -> None:
    with pytest.raises(InvalidKeys):
        with_new_key("")
    said = RUNNER.invoke(
        shell("keys"), ["keys", "add", "FIELD_ENCRYPTION_KEYS"], env={"FIELD_ENCRYPTION_KEYS": ""}
    )
    assert (said.exit_code, "holds no key" in said.output) == (1, True)


def test_half_a_signing_pair_is_not_made() -> None:
    said = RUNNER.invoke(shell("keys"), ["keys", "add", "SESSION_SIGNING_KEYS"])
    assert (said.exit_code, "keys pair" in said.output) == (1, True)


def test_all_that_a_key_wrote_begins_with_its_id() -> None:
    cipher = FieldCipher(KeyRing.parse(new_ring("k7")))
    assert cipher.encrypt(b"", context="c").startswith(cipher.current_prefix)
    assert cipher.current_prefix == b"\x02k7"
