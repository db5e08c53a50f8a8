"""What the sub-commands of ``letspic`` do: read options, run an operation, print what it gave."""
