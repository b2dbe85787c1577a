"""The vocabularies of other gateways whose scripts are to keep working."""
