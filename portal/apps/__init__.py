"""The process of tours and Panel apps: public pages, their assets, and the viewer. It runs apart, so a crowd here cannot touch learners.

The rule kept here: this package is imported by its own process only; Panel and Bokeh are loaded when the app is made.
"""

from __future__ import annotations

from portal.apps.app import create_apps_app

__all__ = ["create_apps_app"]
