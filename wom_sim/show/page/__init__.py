"""The page of a folder of results: `report.html`, made of what the folder holds."""
