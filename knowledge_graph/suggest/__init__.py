"""Concepts and prerequisites suggested from a course's text, each with its evidence; nothing here changes the graph."""
