"""The two Linux calls that tie processes together: who adopts orphans, and what happens when a parent dies.

Both are `prctl(2)` options. On other systems they do nothing: Ctrl-C and SIGTERM still stop everything,
only SIGKILL of the supervisor may then leave children.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# Loaded at import time: between fork and exec there is no safe moment to load a library.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _prctl(option: int, value: int) -> None:
    if _libc is not None and _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")


def adopt_orphans() -> None:
    """Make this process the new parent of every descendant whose own parent ends."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int, with_signal: signal.Signals) -> None:
    """Ask the kernel to signal this process when `parent` ends; end now if it already has.

    Must be the last step before exec: a change of user clears the request.
    """
    _prctl(PR_SET_PDEATHSIG, with_signal)
    if os.getppid() != parent:
        os._exit(1)
