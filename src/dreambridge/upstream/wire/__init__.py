"""Values in, values out: the sites' protocol without I/O, clocks or chance."""
