"""What the window does for people beside their photos: settings, reports, notices, upkeep."""
