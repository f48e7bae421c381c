"""Kill processes at random while bookings change, let them finish, and ask the locks.

`house` is what is there before, `load` the changes over HTTP, `processes` the web and the workers and their deaths,
`judging` what must hold at the end. The minute of it is `make chaos`; the ordinary suite runs a few seconds.
"""
