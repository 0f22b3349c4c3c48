"""What a sample of worlds says, and how surely: means, differences, curves, families."""
