"""How fast the simulator is: measurements, each beside a yardstick of the same process."""
