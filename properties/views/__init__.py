"""Pages that need nothing of locks or codes: workspace switch, properties and units, feeds, the style guide.

Boards, stays and property pages, which show doors and codes, are in access.views.
"""
