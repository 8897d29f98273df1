"""What pytest leaves alone here: a script that runs inside the sandbox, beside the runner's own modules."""

collect_ignore = ["stock_runner.py"]
