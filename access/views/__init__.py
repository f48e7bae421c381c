"""Pages that need everything: the board, stays with their doors, locks, properties, API keys.

Each starts from a member's request and fetches through `in_workspace`; what happens on a door is answered by
access.overview alone, so that pages and REST say the same.
"""
