"""Parameters fitted to what an owner or a field study observed."""
