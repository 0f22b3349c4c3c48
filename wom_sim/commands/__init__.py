"""The door's commands, one a file; the command line loads only the one that is asked for."""
