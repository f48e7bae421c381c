"""One small module per channel: `read(event) -> Reading`, what this channel means by an event. Pure."""
