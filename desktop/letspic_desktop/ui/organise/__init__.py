"""Albums, tags, trash, duplicates, imports and watched folders from the window."""
