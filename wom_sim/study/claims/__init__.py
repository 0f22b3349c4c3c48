"""Claims of the articles: what they measure, their verdicts, and where these flip."""
