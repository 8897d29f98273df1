"""The system calls a sandboxed program must not make: what namespaces do not cover, and what could undo them."""

from __future__ import annotations

import errno
import os
from typing import Any

__all__ = ["filter_fd"]

# Not covered by a network namespace, or a kernel surface no notebook needs (man 7 vsock, 7 packet; AF_ALG: crypto API).
SOCKET_FAMILIES = {
    "AF_ALG": 38,
    "AF_VSOCK": 40,
    "AF_PACKET": 17,
    "AF_XDP": 44,
    "AF_BLUETOOTH": 31,
    "AF_TIPC": 30,
    "AF_RDS": 21,
}

CLONE_NAMESPACES = {
    "CLONE_NEWTIME": 0x80,
    "CLONE_NEWNS": 0x20000,
    "CLONE_NEWCGROUP": 0x2000000,
    "CLONE_NEWUTS": 0x4000000,
    "CLONE_NEWIPC": 0x8000000,
    "CLONE_NEWUSER": 0x10000000,
    "CLONE_NEWPID": 0x20000000,
    "CLONE_NEWNET": 0x40000000,
}

FORBIDDEN = [
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "keyctl",
    "add_key",
    "request_key",
    "unshare",
    "setns",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "open_by_handle_at",
    "name_to_handle_at",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "acct",
    "swapon",
    "swapoff",
    "reboot",
    "syslog",
    "quotactl",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "nfsservctl",
    "lookup_dcookie",
    "vhangup",
    "pidfd_getfd",
    "fanotify_init",
]


# Ways to be heard by another process that reads the same files: fcntl's commands (linux/fcntl.h), and calls.
FCNTL_REFUSED = {"F_GETLK": 5, "F_OFD_GETLK": 36, "F_SETLEASE": 1024, "F_GETLEASE": 1025, "F_NOTIFY": 1026}
FCNTL_QUIET = {"F_SETLK": 6, "F_SETLKW": 7, "F_OFD_SETLK": 37, "F_OFD_SETLKW": 38}


def filter_fd(*, alone: bool = False) -> int:
    """A file descriptor with the compiled filter, at its beginning, for bubblewrap's `--seccomp`. The caller closes it.

    `alone` is for code that must not signal to another sandbox through locks on files both can read: a lock is then
    granted without being taken, and nobody is told of what happens to a file.
    """
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in FORBIDDEN:
        _add(rules, refuse, name)
    for family in SOCKET_FAMILIES.values():
        for call in ("socket", "socketpair"):
            rules.add_rule(refuse, call, seccomp.Arg(0, seccomp.EQ, family))
    for flag in CLONE_NAMESPACES.values():
        rules.add_rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    if alone:
        for call in ("inotify_add_watch", "inotify_init", "inotify_init1"):
            _add(rules, refuse, call)
        _add(rules, seccomp.ERRNO(0), "flock")
        for command in FCNTL_REFUSED.values():
            rules.add_rule(seccomp.ERRNO(errno.EINVAL), "fcntl", seccomp.Arg(1, seccomp.EQ, command))
        for command in FCNTL_QUIET.values():
            rules.add_rule(seccomp.ERRNO(0), "fcntl", seccomp.Arg(1, seccomp.EQ, command))
    # clone3 hides its flags behind a pointer; without it the C library falls back to clone.
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    fd = os.memfd_create("seccomp")
    with os.fdopen(os.dup(fd), "wb") as file:
        rules.export_bpf(file)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _add(rules: Any, action: Any, name: str) -> None:
    try:
        rules.add_rule(action, name)
    except (ValueError, OSError, RuntimeError):
        # This machine's architecture has no such call.
        return
