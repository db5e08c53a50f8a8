"""``python -m letspic_device``."""

import sys

from letspic_device.cli import main

sys.exit(main())
