"""One object per thing that a person does; the window and the command line run the same ones.

An operation is a frozen description with ``run(app, progress)``. It never touches Qt, may be run in any thread, and
raises KnownError where the person or the environment is at fault.
"""
