"""Uploads: temporary credentials, the two storage services, and what accounts have brought to the site."""
