"""Where an installed package lies, without running its code."""

import importlib.util
from pathlib import Path


class NotInstalled(Exception):
    """A package that carries one of our servers is missing."""


def folder_of(package: str) -> Path:
    """Return the folder of an importable package. Raises NotInstalled."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise NotInstalled(f"The package {package.replace('_', '-')} is not installed: run `make setup`.")
    return Path(spec.origin).parent
