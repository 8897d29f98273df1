"""The system calls a sandboxed program must not make: what namespaces do not cover, and what could undo them."""

from __future__ import annotations

import errno
import os

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


def filter_fd() -> int:
    """A file descriptor with the compiled filter, at its beginning, for bubblewrap's `--seccomp`. The caller closes it."""
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in FORBIDDEN:
        try:
            rules.add_rule(refuse, name)
        except (ValueError, OSError, RuntimeError):
            # This machine's architecture has no such call.
            continue
    for family in SOCKET_FAMILIES.values():
        for call in ("socket", "socketpair"):
            rules.add_rule(refuse, call, seccomp.Arg(0, seccomp.EQ, family))
    for flag in CLONE_NAMESPACES.values():
        rules.add_rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    # clone3 hides its flags behind a pointer; without it the C library falls back to clone.
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    fd = os.memfd_create("seccomp")
    with os.fdopen(os.dup(fd), "wb") as file:
        rules.export_bpf(file)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
