"""Photos side by side: rows, positions, painting, selection, dragging, and their pictures."""
