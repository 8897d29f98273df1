"""A garden of the Jiangnan kind, modelled from a few dozen measures; one module for each thing one would point at.

The rule kept here: every size is in metres and stands in `plan.py` or beside the thing it belongs to, and the same
measures always give the same triangles. It knows nothing of files, light or the web.
"""
