"""Scripts that run inside the sandbox, in the kernels' environment.

Rule: they import nbgrader and the standard library only, never the platform; they read /in, work in /tmp and answer with one
bounded JSON text. The platform mounts this folder read-only and runs a file of it; it never imports it.
"""
