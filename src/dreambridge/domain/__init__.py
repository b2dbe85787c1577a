"""The nouns of the gateway: standard library only, no I/O."""
