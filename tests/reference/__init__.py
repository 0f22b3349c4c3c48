"""The market a second time, written from the specification alone."""
