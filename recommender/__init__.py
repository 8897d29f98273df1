"""What to do next, and why, in true words. It reads records, graph and items; it knows no course, scene or
page.
"""
