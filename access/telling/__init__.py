"""How events, problems and outcomes are told to programs: plain data for both APIs and for webhooks. No HTTP."""
