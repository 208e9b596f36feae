"""Generated passwords and keys of this data folder, made once, in one file only its owner can read."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from local_stack.keys import Pair, key_ring, random_key, seal_pair, session_pair


class SecretsFile:
    """Get-or-create by name. The same name gives the same value until the data folder is wiped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def password(self, name: str) -> str:
        """Return a random password that needs no quoting in a URL."""
        return self._keep(f"{name}.password", lambda: secrets.token_hex(24))

    def keys(self, name: str) -> str:
        """Return a key ring with one random key of 32 bytes: `k1:base64url`."""
        return self._keep(f"{name}.keys", lambda: key_ring(random_key()))

    def session_keys(self) -> Pair:
        """Return the Ed25519 pair that signs session tokens and checks them."""
        return self._pair("session", session_pair)

    def seal_keys(self) -> Pair:
        """Return the X25519 pair that seals sign-in codes and opens them."""
        return self._pair("seal", seal_pair)

    def _pair(self, name: str, make: Callable[[], Pair]) -> Pair:
        if f"{name}.private" not in self._values:
            pair = make()
            self._values |= {f"{name}.private": pair.private, f"{name}.public": pair.public}
            self._save()
        return Pair(self._values[f"{name}.private"], self._values[f"{name}.public"])

    def _keep(self, name: str, make: Callable[[], str]) -> str:
        if name not in self._values:
            self._values[name] = make()
            self._save()
        return self._values[name]

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self._values, file, indent=1)
        new.replace(self._path)
