"""The sites' web protocol: pure translation in `wire`, one transport, one client. Nothing else knows it."""
