"""A model that comes inside an installed package: only the one version, and the very files, that were measured are used."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commons.errors import Unavailable

__all__ = ["Measured"]


@dataclass(frozen=True)
class Measured:
    """`package` in `version`, whose import name is `module`; `files` with their SHA-256, below `inside` in the package."""

    package: str
    version: str
    module: str
    files: Mapping[str, str] = field(hash=False)
    inside: str = ""

    def folder(self) -> Path:
        """Where the installed files lie, not yet checked. Raises Unavailable where the package is absent or of another version."""
        from importlib.metadata import PackageNotFoundError, version
        from importlib.util import find_spec

        try:
            found = version(self.package)
        except PackageNotFoundError:
            raise Unavailable("the package is not installed", where=self.package, next="Run `make setup`.") from None
        spec = find_spec(self.module)
        if found != self.version or spec is None or spec.origin is None:
            told = f"version {found} is installed, {self.version} was measured"
            raise Unavailable(told, where=self.package, next="Run `make setup`.")
        return Path(spec.origin).parent / self.inside

    def checked(self, folder: Path) -> Path:
        """`folder`, which holds the files that were measured. Raises Unavailable where it does not."""
        faults = [fault for name, right in self.files.items() if (fault := _fault(folder / name, right))]
        if faults:
            raise Unavailable(
                "; ".join(faults), where=f"{self.package} {self.version}", next="Install the package anew."
            )
        return folder


def _fault(file: Path, right: str) -> str:
    if not file.is_file():
        return f"{file.name} is missing"
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    return (
        "" if found == right else f"{file.name} is not the measured file (sha256 {found[:12]}…, wanted {right[:12]}…)"
    )
