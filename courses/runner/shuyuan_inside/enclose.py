"""Walls around one notebook: own user, mount, process, network, ipc and host-name namespaces, fresh tmpfs, no capability, seccomp.

Rule: what cannot be set up ends the process before any code of others runs. Student and tester of one notebook share their
working folder and nothing else. Sources: man 7 user_namespaces, mount_namespaces; man 2 pivot_root, mount, seccomp.
"""

import ctypes
import os
import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_NOSYMFOLLOW = 1, 2, 4, 32, 256
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_NAME = 4, 22, 24, 38, 15
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
CAPSET = {"x86_64": 126, "aarch64": 91}
WORK = "/tmp/work"
# In the mount namespace of one notebook, before the student and the tester get their own roots.
SHARED, NEW_ROOT = "/tmp/.work", "/tmp/.root"
LEFT_OUT = {"tmp", "proc", "dev", "hostproc"}

libc = ctypes.CDLL(None, use_errno=True)


class SockFprog(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def must(result: int, what: str) -> int:
    """`result`, or OSError with errno where it is negative."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """mount(2)."""
    raw = [x.encode() if x is not None else None for x in (source, target, kind)]
    must(libc.mount(raw[0], raw[1], raw[2], ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")


def open_notebook(limits: Mapping[str, Any]) -> None:
    """First step, once per notebook: a user and a mount namespace with an empty working folder."""
    uid, gid = os.getuid(), os.getgid()
    must(libc.unshare(NEWUSER | NEWNS), "unshare user, mount")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    for folder in (SHARED, NEW_ROOT):
        Path(folder).mkdir(exist_ok=True)
    _tmpfs(SHARED, limits)


def leave_the_others(apart: bool) -> None:
    """Second step, in each of the two: namespaces of its own. The next process it forks is the first of its process namespace."""
    if apart:
        must(libc.unshare(NEWNS | NEWPID | NEWIPC | NEWNET | NEWUTS), "unshare")


def settle(limits: Mapping[str, Any], keep: list[str], apart: bool, follow_links: bool) -> None:
    """Third step, in the process that stays: its own root. `keep` are mounts that lie under /tmp."""
    if apart:
        mount("tmpfs", NEW_ROOT, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m")
        _root(limits, keep, follow_links)
        _enter_root()
        _loopback()
    os.chdir(WORK if apart else SHARED)


def _root(limits: Mapping[str, Any], keep: list[str], follow_links: bool) -> None:
    for entry in os.scandir("/"):
        target = f"{NEW_ROOT}/{entry.name}"
        if entry.name in LEFT_OUT:
            continue
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
        elif entry.is_dir():
            _bind(entry.path, target)
    _bind("/dev", f"{NEW_ROOT}/dev")
    for name in ("tmp", "dev/shm"):
        Path(f"{NEW_ROOT}/{name}").mkdir(exist_ok=True)
        _tmpfs(f"{NEW_ROOT}/{name}", limits)
    for path in keep:
        _bind(path, NEW_ROOT + path)
    _bind(SHARED, NEW_ROOT + WORK)
    if not follow_links:
        mount("none", NEW_ROOT + WORK, None, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOSYMFOLLOW)
    os.mkdir(f"{NEW_ROOT}/proc")
    try:
        mount("proc", f"{NEW_ROOT}/proc", "proc", MS_NOSUID | MS_NODEV)
    except PermissionError:
        # Where the machine's own /proc is covered in part, a new one is refused: then there is none at all.
        mount("tmpfs", f"{NEW_ROOT}/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "mode=0555,size=4k")


def _bind(source: str, target: str) -> None:
    Path(target).mkdir(parents=True, exist_ok=True)
    mount(source, target, None, MS_BIND | MS_REC)


def _tmpfs(target: str, limits: Mapping[str, Any]) -> None:
    size = f"mode=1777,size={int(limits['tmpfs_mb'])}m,nr_inodes={int(limits['files'])}"
    mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, size)


def _enter_root() -> None:
    old = f"{NEW_ROOT}/.old"
    os.mkdir(old)
    must(libc.syscall(PIVOT_ROOT[os.uname().machine], NEW_ROOT.encode(), old.encode()), "pivot_root")
    os.chdir("/")
    must(libc.umount2(b"/.old", MNT_DETACH), "umount")
    os.rmdir("/.old")
    mount("none", "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _loopback() -> None:
    """Bring `lo` up, so that notebooks that talk to themselves work (SIOCSIFFLAGS, IFF_UP)."""
    import fcntl
    import socket
    import struct

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))


def give_up_rights(limits: Mapping[str, Any], bpf: bytes) -> None:
    """Last step: limits, no capability ever again, and the system calls that are left. `bpf` empty: no filter (tests only)."""
    for kind, value in _rlimits(limits):
        resource.setrlimit(kind, (value, value))
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    must(libc.syscall(CAPSET[os.uname().machine], header, (ctypes.c_uint32 * 6)()), "capset")
    must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    if bpf:
        kept = ctypes.create_string_buffer(bpf, len(bpf))
        program = SockFprog(len(bpf) // 8, ctypes.addressof(kept))
        must(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0), "seccomp")


def _mapped() -> int:
    """Bytes of address space in use; a gigabyte where there is no /proc to ask."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def _rlimits(limits: Mapping[str, Any]) -> list[tuple[int, int]]:
    return [
        (resource.RLIMIT_NPROC, int(limits["processes"])),
        # What the warm process has mapped by now is not the notebook's doing.
        (resource.RLIMIT_AS, (int(limits["memory_mb"]) << 20) + _mapped()),
        (resource.RLIMIT_FSIZE, int(limits["file_mb"]) << 20),
        (resource.RLIMIT_NOFILE, int(limits["open_files"])),
        (resource.RLIMIT_CPU, int(limits["cpu_s"])),
        (resource.RLIMIT_CORE, 0),
    ]
