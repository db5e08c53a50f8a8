#!/bin/sh
# Prints the Python interpreter that LetsPic is set up with: $PYTHON where it is given, else the first
# one of 3.11 to 3.13 that runs, else a newer one. Exit 1 with one sentence where there is none.
# Names are run, not only looked up: the launchers of version managers exist for versions that do not.

minor_version() {  # minor_version NAME: prints N of Python 3.N, nothing where NAME does not run
    "$1" -c 'import sys; print(sys.version_info[1] if sys.version_info[0] == 3 else -1)' 2>/dev/null
}

if [ -n "$PYTHON" ]; then
    minor=$(minor_version "$PYTHON")
    if [ -z "$minor" ]; then
        echo "PYTHON=$PYTHON does not run: give the name or path of a Python 3.11 or newer." >&2
        exit 1
    elif [ "$minor" -lt 11 ]; then
        echo "PYTHON=$PYTHON is too old: LetsPic needs Python 3.11 or newer." >&2
        exit 1
    fi
    echo "$PYTHON"
    exit 0
fi

for name in python3 python3.13 python3.12 python3.11; do
    case $(minor_version $name) in
        11 | 12 | 13) echo $name; exit 0 ;;
    esac
done
for name in python3 python3.14 python3.15; do
    minor=$(minor_version $name)
    if [ -n "$minor" ] && [ "$minor" -gt 13 ]; then
        echo "Using $name; LetsPic is tested on Python 3.11 to 3.13 (choose with PYTHON=python3.13)." >&2
        echo $name
        exit 0
    fi
done
echo "No Python 3.11 or newer was found: install one, or name it with PYTHON=/path/to/python3." >&2
exit 1
