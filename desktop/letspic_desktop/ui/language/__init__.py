"""Which language the window speaks, and how its texts are found."""
