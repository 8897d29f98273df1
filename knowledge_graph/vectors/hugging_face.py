"""Text vectors by a Hugging Face transformer from a local folder: the mean of its last layer over the tokens.

Nothing is downloaded, no code of the folder is run, and weights are read from safetensors alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.errors import BadInput, Unavailable
from knowledge_graph.vectors.base import unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Transformer", "transformer"]

BATCH, TOKENS = 32, 256


def transformer(folder: Path) -> Transformer:
    """The vectors of the model in `folder` (config.json, tokenizer files, *.safetensors).

    Raises BadInput with what is missing there, Unavailable where torch or transformers is not installed.
    """
    from importlib.util import find_spec

    weights = sorted(folder.glob("*.safetensors"))
    config = folder / "config.json"
    if not config.is_file() or not weights:
        lacking = "config.json" if not config.is_file() else "*.safetensors"
        raise BadInput(f"no {lacking}", where=str(folder), next="A text model is a Hugging Face folder with both.")
    absent = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if absent:
        raise Unavailable(f"{' and '.join(absent)} not installed", where="text vectors", next="Run `make setup`.")
    try:
        dim = json.loads(config.read_text("utf-8"))["hidden_size"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("no hidden_size to be read", where=str(config)) from error
    return Transformer(folder, int(dim), _name(folder, [config, *weights]))


@dataclass(frozen=True)
class Transformer:
    """Vectors by a transformer; it is loaded at the first text."""

    folder: Path = field(compare=False)
    dim: int
    name: str

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Vectors.embed`. At most 256 tokens of a text are read. Raises BadInput where the folder cannot be loaded."""
        import numpy as np
        import torch

        rows = np.zeros((len(texts), self.dim), np.float32)
        for at in range(0, len(texts), BATCH):
            tokenizer, model = self._model
            given = tokenizer(
                [text.encode("utf-8", "replace").decode() for text in texts[at : at + BATCH]],
                padding=True,
                truncation=True,
                max_length=TOKENS,
                return_tensors="pt",
            )
            with torch.inference_mode():
                last = model(**given).last_hidden_state
            mask = given["attention_mask"].unsqueeze(-1).to(last.dtype)
            rows[at : at + BATCH] = ((last * mask).sum(1) / mask.sum(1).clamp(min=1)).float().numpy()
        return unit(rows)

    @cached_property
    def _model(self) -> tuple[Any, Any]:
        os.environ["HF_HUB_OFFLINE"] = "1"
        from transformers import AutoModel, AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(str(self.folder), local_files_only=True, trust_remote_code=False)
            model = AutoModel.from_pretrained(
                str(self.folder), local_files_only=True, trust_remote_code=False, use_safetensors=True
            )
        except Exception as error:
            # Whatever a broken folder makes the library raise, the operator is told which folder it is.
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise BadInput(f"the text model cannot be loaded ({said[0][:200]})", where=str(self.folder)) from error
        return tokenizer, model.eval()


def _name(folder: Path, files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in [*files, *sorted(folder.glob("tokenizer*"))]:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return f"transformer-{folder.name}-{digest.hexdigest()[:12]}"
