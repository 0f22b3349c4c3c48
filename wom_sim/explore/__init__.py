"""The live page served: who may ask, what is simulated for whom, and the one file for the disk."""
