"""How each real server is started, from the packages that carry them."""

import importlib.util
import os
from pathlib import Path

from local_stack.errors import StackError


def folder_of(package: str) -> Path:
    """Return the folder of an importable package, without running its code. Raises StackError."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise StackError(f"The package {package.replace('_', '-')} is not installed: run `make setup`.")
    return Path(spec.origin).parent


def cache_folder() -> Path:
    """Return our folder in the user's cache: what was fetched once and serves every checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "servicehub-portal"
