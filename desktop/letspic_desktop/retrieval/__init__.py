"""Finding similar photos: the index and its ranking, how good it is, and the pictures that show it."""
