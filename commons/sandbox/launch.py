"""The bubblewrap command line of a sandbox. Secrets go by environment, never by arguments, which others may list."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from commons.errors import SandboxError
from commons.sandbox.profile import Mount, Sandbox
from commons.sandbox.seccomp import filter_fd

__all__ = ["Launch", "command"]

SYSTEM_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = (
    "/etc/ssl", "/etc/fonts", "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
    "/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/ImageMagick-6", "/var/cache/fontconfig",
)  # fmt: skip
INSIDE_UID = 1000
# Above any real account; one of these is taken per sandbox when root starts it.
FRESH_UIDS = (1_000_000, 2_000_000_000)


@dataclass(frozen=True)
class Launch:
    """What `subprocess.Popen` needs: close the sandbox's descriptors by leaving the context `command` gave."""

    argv: tuple[str, ...]
    env: dict[str, str]
    pass_fds: tuple[int, ...]
    uid: int


@contextmanager
def command(sandbox: Sandbox, argv: Sequence[str]) -> Iterator[Launch]:
    """The command that runs `argv` inside `sandbox`. Raises SandboxError when bubblewrap is not there."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxError("bubblewrap is not installed", where="bwrap", next="apt install bubblewrap")
    root = os.geteuid() == 0
    uid = (sandbox.uid or _fresh_uid()) if root else os.getuid()
    inside = uid if root else INSIDE_UID
    with _descriptors(inside) as (seccomp, passwd, group, hosts):
        parts = [bwrap, "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net", "--unshare-ipc"]
        parts += ["--unshare-uts", "--unshare-cgroup-try", "--hostname", "shuyuan"]
        parts += _privileges(root, sandbox.nests)
        parts += _system(sandbox)
        for fd, target in ((passwd, "/etc/passwd"), (group, "/etc/group"), (hosts, "/etc/hosts")):
            parts += ["--perms", "0644", "--ro-bind-data", str(fd), target]
        parts += _mounts(sandbox, uid if root else None)
        # Without root the tree's own root folder belongs to the sandboxed user.
        parts += ["--remount-ro", "/"]
        if not sandbox.nests:
            parts += ["--seccomp", str(seccomp)]
        parts += ["--", *_limited(sandbox, uid if root else None), *argv]
        env = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "USER": "learner", "LOGNAME": "learner", "LANG": "C.UTF-8"}
        env |= sandbox.env
        yield Launch(tuple(parts), env, (seccomp, passwd, group, hosts), uid)


def _fresh_uid() -> int:
    low, high = FRESH_UIDS
    return low + secrets.randbelow(high - low)


@contextmanager
def _descriptors(uid: int) -> Iterator[tuple[int, int, int, int]]:
    texts = (
        f"learner:x:{uid}:{uid}:learner:/tmp:/bin/bash\n",
        f"learner:x:{uid}:\n",
        "127.0.0.1 localhost shuyuan\n::1 localhost\n",
    )
    fds = [filter_fd()]
    try:
        for text in texts:
            fd = os.memfd_create("etc")
            fds.append(fd)
            os.write(fd, text.encode())
            os.lseek(fd, 0, os.SEEK_SET)
        yield fds[0], fds[1], fds[2], fds[3]
    finally:
        for fd in fds:
            os.close(fd)


def _privileges(root: bool, nests: bool) -> list[str]:
    if root:
        # A real uid of its own inside; setpriv gives these three back before the program starts.
        return ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
    user = ["--unshare-user", "--uid", str(INSIDE_UID), "--gid", str(INSIDE_UID)]
    return [*user, *([] if nests else ["--disable-userns"]), "--cap-drop", "ALL"]


def _system(sandbox: Sandbox) -> list[str]:
    size = str(sandbox.tmpfs_mb << 20)
    parts = ["--ro-bind", "/usr", "/usr"]
    for link in SYSTEM_LINKS:
        path = Path(link)
        if path.is_symlink():
            parts += ["--symlink", os.readlink(path), link]
        elif path.is_dir():
            parts += ["--ro-bind", link, link]
    parts += ["--perms", "0755", "--dir", "/etc", "--perms", "0755", "--dir", "/var"]
    for name in SYSTEM_FILES:
        if Path(name).exists():
            parts += [*_parents(name, set()), "--ro-bind", os.path.realpath(name), name]
    if sandbox.nests and os.geteuid() == 0:
        # The kernel allows a new /proc inside only where a whole one is in sight; what is started inside does not see it.
        parts += ["--bind", "/proc", "/hostproc"]
    parts += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", size, "--tmpfs", "/dev/shm"]
    return [*parts, "--perms", "1777", "--size", size, "--tmpfs", "/tmp"]


def _mounts(sandbox: Sandbox, owner: int | None) -> list[str]:
    parts: list[str] = []
    made: set[str] = set()
    # Parents before what lies in them, so that a folder never covers a mount below it.
    for mount in sorted(sandbox.mounts, key=lambda mount: len(PurePosixPath(mount.target).parts)):
        parts += _parents(mount.target, made)
        if mount.writable and owner is not None:
            _give(mount, owner)
        parts += ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]
    for target in sandbox.hide:
        parts += ["--perms", "0755", "--size", "65536", "--tmpfs", target]
    return parts


def _parents(target: str, made: set[str]) -> list[str]:
    """Directories bubblewrap would otherwise make with mode 0700, which another uid could not enter."""
    parts: list[str] = []
    for parent in reversed(PurePosixPath(target).parents):
        name = str(parent)
        if name not in {"/", "/tmp", "/etc", "/usr", "/dev", "/var"} and name not in made and not _is_system(name):
            made.add(name)
            parts += ["--perms", "0755", "--dir", name]
    return parts


def _is_system(name: str) -> bool:
    return name.startswith(("/usr/", "/proc/", "/dev/"))


def _give(mount: Mount, owner: int) -> None:
    """Make `owner` the owner of a writable mount, which root made; links are not followed."""
    if mount.source.stat().st_uid == owner:
        return
    os.chown(mount.source, owner, owner)
    for folder, folders, files in os.walk(mount.source):
        for name in (*folders, *files):
            os.chown(os.path.join(folder, name), owner, owner, follow_symlinks=False)


def _limited(sandbox: Sandbox, uid: int | None) -> list[str]:
    limits = sandbox.limits
    parts: list[str] = []
    if uid is not None:
        parts += ["/usr/bin/setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
        parts += ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"]
    parts += ["/usr/bin/prlimit", f"--nproc={limits.processes}", f"--as={(limits.address_mb or limits.memory_mb) << 20}"]
    parts += [f"--fsize={limits.file_mb << 20}", f"--nofile={limits.open_files}", "--core=0"]
    if limits.cpu_s:
        parts += [f"--cpu={limits.cpu_s}:{limits.cpu_s + 5}"]
    # bubblewrap's own --chdir happens before the uid changes and fails on a private home.
    return [*parts, "--", "/usr/bin/env", "-C", sandbox.cwd]
