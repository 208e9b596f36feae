"""A logo: decoded, looked at, put on a plate on which it is seen, and written anew in every size."""

from branding.logo.decode import MAX_BYTES
from branding.logo.prepare import PreparedLogo, prepare
from branding.logo.warnings import LogoWarning

__all__ = ["MAX_BYTES", "LogoWarning", "PreparedLogo", "prepare"]
