"""Signing in to lock systems from a page that a program asked for, and letting go of what was connected.

`providers` and `logins` are pure: what can be chosen, what each lock system asks for, which sandbox logins it takes.
`webviews` makes the page's row, `signing_in` judges one login and connects, `deleting` and `resetting` undo it. Called
by access.views.connecting and the Seam-compatible face; knows neither.
"""
