"""What the engine achieves, measured: `manage.py benchmark` runs the measures that `table` names.

`figures` is what a measure gives; `scratch` the database that it may fill; `cloud` (a process of its own) and `driver`
the lock system that the runners talk to, `population` what is due there, `fleet` the processes that do the work.
To add a measure: a module with a function that takes a `Bench` and returns figures, and one line in `table`.
"""
