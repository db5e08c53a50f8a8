"""What the bundle's `letspic-device` runs."""

import sys

from letspic_device.cli import main

sys.exit(main())
