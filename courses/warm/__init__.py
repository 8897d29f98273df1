"""The warm grader: a sandboxed process that has paid its imports, and one student and one tester forked from it per notebook.

Rule: the platform talks to them in bounded plain data and judges; what runs inside is courses/runner/shuyuan_inside.
"""
