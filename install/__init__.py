"""Sets the platform up on a machine that has python3, git and make. Standard library only: it runs before anything is there."""
