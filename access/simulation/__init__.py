"""The simulator: the real application over virtual locks on a clock that jumps, with the keypads as witnesses.

Called by `manage.py simulate` and by tests; nothing of the product calls it.

- `scenario` (with `casting`: how often; `calendars`: in a channel's words): what happens, from a seed. Pure.
- `truth`: what must be true at the doors because of it, and which commands that needs. Pure.
- `witness`: who stands before which door, and whether its keypad lets them in.
- `wiring`: the locks in memory, their logs, their faults; `hands`: what people do at them.
- `stage`, `acting`, `lives`: the portfolio, what is done to the application, and what it made of each booking.
- `lanes` (with `resting`): the application's own reconciler, device by device, over virtual time (`clock`).
- `measuring`, `figures`: what the locks did, held against the truth.
- `world`, `running`, `scratch`: one world; several side by side, each in a database of its own.
"""
