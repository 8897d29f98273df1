"""Places of culture in 3D: scene format, modelling, viewer, and `show` for notebooks.

The rule kept here: importing this package costs nothing; whatever is heavy is imported by the function that needs it.

    import vr_scenes
    vr_scenes.show("garden", stop="moon-gate")
"""

from vr_scenes.notebook import show

__all__ = ["show"]
