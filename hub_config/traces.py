"""Takes an account's name out of the house's logs once the account is gone.

The rule kept here: the parts hold their logs open and go on writing at the end, so a name is overwritten where it
stands, byte for byte; nothing is moved or cut.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["forget_in_logs"]

# A name may follow an escaped slash, once or twice escaped, in the address a sign-in leads to: next=%2Fuser%2Flin.
_BEFORE = rb"(?:(?<![a-z0-9-])|(?<=%[0-9a-f]{2})|(?<=%25[0-9a-f]{2}))"
_AFTER = rb"(?![a-z0-9-])"


def forget_in_logs(home: Path, account: str) -> int:
    """Overwrite `account`, where it stands as a word, with stars in every log below `home`/logs; gives how often.

    Can be repeated. Raises OSError when a log cannot be written.
    """
    if not account:
        return 0
    name = re.compile(_BEFORE + re.escape(account.encode()) + _AFTER, re.IGNORECASE)
    logs = [path for path in (home / "logs").glob("*.log*") if path.is_file() and not path.is_symlink()]
    return sum(_overwrite(path, name) for path in logs)


def _overwrite(path: Path, name: re.Pattern[bytes]) -> int:
    count = start = 0
    with path.open("r+b", buffering=1 << 16) as file:
        for line in file:
            for found in name.finditer(line):
                os.pwrite(file.fileno(), b"*" * len(found[0]), start + found.start())
                count += 1
            start += len(line)
    return count
