"""The warm grader's inside: a process that has paid its imports once and forks a student and a tester for each notebook.

Rule: it imports the standard library and what notebooks use, never the platform and never nbgrader; the process that forks
holds no hand-in and no test, so that a fork has nothing to find. Everything else comes to the forks over their own sockets.
"""
