"""``python -m letspic_desktop``."""

import sys

from letspic_desktop.cli import main

sys.exit(main())
