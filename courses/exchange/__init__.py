"""nbgrader's exchange over HTTP: JupyterLab's Assignment List without a shared folder.

Rule: this package runs in the learner's own server. It imports the standard library, nbgrader, requests and commons.errors,
it speaks to the portal with the server's own token, and it never overwrites a file of the learner's.
`nbgrader_config.py` and `jupyter_server_config.py` beside this file switch it on (mounted below /etc/jupyter).
"""
