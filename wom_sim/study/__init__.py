"""Floor 3, the experiment: worlds by arms and replications, tables, statistics."""
