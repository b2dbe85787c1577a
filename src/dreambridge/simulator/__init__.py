"""A pretend generation site: a real HTTP server that speaks the sites' web protocol and draws placeholders."""
