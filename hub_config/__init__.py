"""The hub: accounts, sign-up, and one walled server for each learner. Knows nothing of courses, scenes or marks."""
