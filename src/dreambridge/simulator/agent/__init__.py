"""The chat agent: reads what a person wants, submits it, and tells about it in a stream of events."""
