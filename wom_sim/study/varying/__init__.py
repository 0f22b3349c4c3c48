"""Parameters varied: sweeps, break-even, and what moves the answer."""
