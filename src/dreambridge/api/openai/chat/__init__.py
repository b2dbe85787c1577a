"""`POST /v1/chat/completions`: a prompt in, pictures and videos out as Markdown; and the agent's own words."""
