"""The timeline: units by days, with stays, the codes on their doors and the windows of staff.

`axis` places moments on days, `lanes` puts what overlaps under each other, `segments` says what a door's code did when:
all three are pure. `loading` asks the database, `showing` puts a page together for access.views.occupancy.
"""
