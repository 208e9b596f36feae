"""What can go wrong on somebody's machine, in words that say what to do."""

import errno
import os


class StackError(Exception):
    """The stack can't do what was asked. The text says what happened and what to do."""


class SettingError(StackError):
    """A setting has a value that can't be used. The text says which."""


def explain(error: OSError) -> str:
    """Say what the system refused, and what to do about it."""
    what = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"[:300]
    # Copying a folder fails with one error for all its files, which has no number.
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or os.strerror(errno.ENOSPC) in str(error):
        return f"{what}. Free some space (2 GB will do), or put the data elsewhere: LOCAL_DATA=/another/disk"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{what}. Does it belong to somebody else? Put the data elsewhere: LOCAL_DATA=/another/folder"
    return what
