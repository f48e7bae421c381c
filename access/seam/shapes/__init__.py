"""Rows as the documented objects. Each `show_…s` takes many rows and asks the database a fixed number of times."""
