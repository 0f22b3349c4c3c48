"""The guide: what the format says about itself."""
