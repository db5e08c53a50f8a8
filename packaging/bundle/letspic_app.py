"""What the bundle's `letspic` runs."""

import multiprocessing
import sys

# Worker processes are started as this same program: here they turn into workers, and go no further.
multiprocessing.freeze_support()

from letspic_desktop.cli import main  # noqa: E402 - see above

sys.exit(main())
