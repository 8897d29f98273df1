"""What `jupyterhub -f` reads. It keeps one rule: no decision is taken here, `hub_config.config` takes them."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from commons.settings import load_settings
from hub_config.config import configure
from hub_config.secrets import ensure_secrets

settings = load_settings(os.environ, None)
configure(settings, ensure_secrets(settings.home), get_config())  # type: ignore[name-defined]  # noqa: F821
