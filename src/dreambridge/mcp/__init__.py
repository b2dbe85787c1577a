"""The door for agents: tools and resources of the Model Context Protocol over the same engine as the HTTP API."""
