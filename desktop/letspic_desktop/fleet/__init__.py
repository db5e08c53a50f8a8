"""Everything about devices: finding, pairing, linking, handing out photos, and the rounds of a run."""
