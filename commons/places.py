"""Where the project's own files lie. The one module that may look at `__file__` of the source tree."""

from pathlib import Path

__all__ = ["ROOT"]

ROOT: Path = Path(__file__).resolve().parent.parent
