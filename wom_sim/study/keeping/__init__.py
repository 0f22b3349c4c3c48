"""What is on disk: folders of results, chunks of finished worlds, and who may write them."""
