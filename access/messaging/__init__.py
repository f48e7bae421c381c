"""Messages to guests and alerts to managers: levels that a sweep looks at each minute, on the slow cluster.

- `placeholders` (pure): what may stand in a text. `values`: what it stands for, for one stay at one moment.
- `timing` (pure): when a message is due, and from when on it is too late. `occasions`: which are due now.
- `templates`: save, switch on and off; `defaults` holds the usual ones in four languages.
- `sending`: one message, once; `carrying` hands a text to e-mail or apprise and says what became of it.
- `sweeping`: all of it, each minute. `logs`: what pages show of it.
- `alerts`: what managers are told, where, and when not.
"""
