"""What can go wrong on somebody's machine, in words that say what to do."""

import errno


class StackError(Exception):
    """The stack can't do what was asked. The text says what happened and what to do."""


class SettingError(StackError):
    """A setting has a value that can't be used. The text says which."""


def explain(error: OSError) -> str:
    """Say what the system refused, and what to do about it."""
    what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            advice = "Free some space (2 GB is plenty), or put the data elsewhere: LOCAL_DATA=/another/disk"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            advice = "Does it belong to another user? Put the data elsewhere: LOCAL_DATA=/another/folder"
        case _:
            return what
    return f"{what}. {advice}"
