"""The routes of OpenAI: their bodies in, their bodies out."""
