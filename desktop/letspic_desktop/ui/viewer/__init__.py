"""One photo in full: zoom, neighbours, rotation, details, and a part of it to search with."""
