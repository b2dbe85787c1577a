"""What submissions may say, one module for each kind of generation."""
