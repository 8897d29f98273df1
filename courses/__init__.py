"""Courses: their format, check, release, submissions and grading.

Rule: this package imports nothing heavy at import; nbgrader runs in the sandbox, in the kernels' environment.
"""
