"""Attacks on our own grading, each shown to be a real one and each withstood; docs/redteam.md is made from them."""
