"""Floor 1, the question: parameters, their declarations and the reader of scenario files."""
