"""Paths to a goal: what a next answer would do for it, and the steps that lead there in an order that holds."""
