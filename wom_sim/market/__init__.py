"""Floor 2, the model: one week of the market, mechanism by mechanism."""
