"""What billing is told by its environment."""

from chassis.settings import CommonSettings


class Settings(CommonSettings, frozen=True, kw_only=True):
    """What every service is told; billing needs nothing more to keep its tables."""
