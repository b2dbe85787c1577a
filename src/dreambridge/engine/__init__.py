"""Durable jobs: who does them, when to look, what to do after a failure."""
