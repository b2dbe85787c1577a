"""HTTP in: routes, bodies and errors as OpenAI's clients and the known gateways' scripts expect them."""
