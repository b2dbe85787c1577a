"""Our own routes: jobs, artifacts, health."""
