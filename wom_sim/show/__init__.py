"""Floor 4, the answer: figures and words drawn from results, never from the model."""
