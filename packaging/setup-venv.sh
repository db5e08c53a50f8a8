#!/bin/sh
# Makes the virtual environment .venv in the current folder, with the three distributions (editable)
# and the developers' tools. Does nothing where that has been done for the same requirements.
set -eu

here=$(dirname "$0")
stamp=.venv/letspic-stamp

fingerprint() {  # what the environment was made from: requirements, place (venvs cannot move), interpreter
    cat shared/pyproject.toml device_runtime/pyproject.toml desktop/pyproject.toml \
        "$here/requirements-dev.txt" "$here/setup-venv.sh"
    pwd -P
    .venv/bin/python -VV
}

version() {
    "$1" -c 'import sys; print(sys.version_info[:2])' 2>/dev/null
}

is_usable() {  # it runs, was made in this place, and is of the Python that was asked for, if one was
    [ -n "$(version .venv/bin/python)" ] && grep -qsF "$(pwd -P)/.venv" .venv/bin/activate || return 1
    [ -z "${PYTHON:-}" ] || [ "$(version "$PYTHON")" = "$(version .venv/bin/python)" ]
}

is_usable || {
    python=$(sh "$here/choose-python.sh")
    echo "Making .venv with $("$python" -V)"
    "$python" -m venv --clear .venv
}
fingerprint | cmp -s - "$stamp" && exit 0

echo "Installing LetsPic into .venv"
rm -f "$stamp"
# PIP_USER would send the packages past the environment; every other setting of pip is the user's to make.
env -u PIP_USER .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    -r "$here/requirements-dev.txt" -e 'shared[photo]' -e device_runtime -e desktop </dev/null
fingerprint >"$stamp"
