"""The smart guide: questions about a scene, answered in the words of its own sources, each answer with where it stands.

The rule kept here: nothing is made up. An answer is sentences of the scene, of its objects or of the concepts it shows; where
they do not support one, the guide says that it does not know.
"""

from vr_scenes.guide.answer import Answer, Guide
from vr_scenes.guide.features import Sources
from vr_scenes.guide.sources import Passage, passages_of

__all__ = ["Answer", "Guide", "Passage", "Sources", "passages_of"]
