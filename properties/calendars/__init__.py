"""Calendar feeds: from the bytes at an address to stays.

fetching (HTTP, guarded) -> parsing (bytes to events, never an exception) -> classifying (what is this event) ->
merging (pure: what to do about it) -> syncing (the shell: one transaction through properties.booking, one record per
fetch; `locking` keeps the order of locks). `feeds` adds, changes and pauses feeds; `deciding` is a person's word on an
ambiguous event.
"""
