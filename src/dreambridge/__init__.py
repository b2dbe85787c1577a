"""A self-hosted, OpenAI-compatible gateway to Jimeng and Dreamina."""

__version__ = "0.1.0"
