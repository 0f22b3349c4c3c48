"""The live page: what it says, how it looks, and the one file that needs no server."""
