#!/bin/sh
# Installs what LetsPic needs from the system and nothing else: Python with venv, and the shared
# libraries that Qt loads. Does nothing, fast, where everything is there.
#
# What is missing is found by use (a library is loaded by the interpreter that will load it), so that works
# on any Linux; the packages are installed with apt where there is one, and named where there is not.
# LETSPIC_SYSTEM_PACKAGES=no installs nothing, and lets set-up go on.
#
# `system-packages.sh bundle` installs what building the bundle needs besides, `system-packages.sh test` a display
# without a screen and what presses its keys.

here=$(dirname "$0")
purpose=$1

# Library:package. Without the first group Qt does not load; the second opens windows under X11 and Wayland.
QT_LIBRARIES="libglib-2.0.so.0:libglib2.0-0 libGL.so.1:libgl1 libEGL.so.1:libegl1
    libxkbcommon.so.0:libxkbcommon0 libfontconfig.so.1:libfontconfig1 libdbus-1.so.3:libdbus-1-3
    libgssapi_krb5.so.2:libgssapi-krb5-2"
WINDOW_LIBRARIES="libxcb-cursor.so.0:libxcb-cursor0 libxcb-icccm.so.4:libxcb-icccm4
    libxcb-keysyms.so.1:libxcb-keysyms1 libxcb-shape.so.0:libxcb-shape0
    libxkbcommon-x11.so.0:libxkbcommon-x11-0 libwayland-cursor.so.0:libwayland-cursor0
    libwayland-egl.so.1:libwayland-egl1"

missing_libraries() {  # missing_libraries PAIR...: prints the packages of those that do not load
    if [ -z "$python" ]; then
        for pair in "$@"; do echo "${pair#*:}"; done
        return
    fi
    "$python" - "$@" <<'PYTHON'
import ctypes
import sys

for pair in sys.argv[1:]:
    library, package = pair.split(":")
    try:
        ctypes.CDLL(library)
    except OSError:
        print(package)
PYTHON
}

missing_python() {  # prints the packages of a Python with venv, as far as it is missing
    if [ -n "$python" ]; then
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            "$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])'
        return
    fi
    for name in python3.13 python3.12 python3.11; do
        if apt-cache show $name >/dev/null 2>&1; then
            echo "$name $name-venv"
            return
        fi
    done
    echo "python3 python3-venv"
}

missing_for_bundle() {  # prints the packages of PyInstaller's tools, and of Python as a library, that are missing
    [ "$purpose" = bundle ] || return
    command -v objcopy >/dev/null || echo binutils
    [ -z "$python" ] || "$python" - <<'PYTHON'
import ctypes
import sys
import sysconfig

library = sysconfig.get_config_var("INSTSONAME") or ""
try:
    if ".so" in library:
        ctypes.CDLL(library)
except OSError:
    print("libpython3.%d" % sys.version_info[1])
PYTHON
}

missing_for_test() {  # prints the packages of the display without a screen, as far as they are missing
    [ "$purpose" = test ] || return
    command -v Xvfb >/dev/null || echo xvfb
    command -v xdotool >/dev/null || echo xdotool
    command -v openbox >/dev/null || echo openbox
}

find_missing() {  # sets python, essential (nothing works without) and window
    python=$(sh "$here/choose-python.sh" 2>/dev/null)
    essential=$(missing_python; missing_libraries $QT_LIBRARIES; missing_for_bundle)
    window=$(missing_libraries $WINDOW_LIBRARIES; missing_for_test)
    essential=$(echo $essential)
    window=$(echo $window)
    [ -n "$essential$window" ]
}

can_install() {
    [ "$LETSPIC_SYSTEM_PACKAGES" != no ] && command -v apt-get >/dev/null || return 1
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

install() {  # install PACKAGE...
    [ $# = 0 ] && return
    echo "Installing system packages: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=120 "$@" </dev/null >/dev/null
}

find_missing || exit 0

# A PYTHON that was asked for and does not do is no package's fault: the reason is said, nothing installed.
[ -n "$PYTHON" ] && [ -z "$python" ] && exec sh "$here/choose-python.sh"

if can_install; then
    as_root apt-get update -qq || echo "The package lists could not be renewed; using those at hand." >&2
    find_missing
    install $essential
    install $window
    find_missing || exit 0
fi

if [ -z "$essential" ]; then
    echo "Going on without these system packages (Debian's names): $window. Some windows may not open." >&2
elif [ "$LETSPIC_SYSTEM_PACKAGES" = no ]; then
    echo "Going on without these system packages (Debian's names): $essential $window" >&2
else
    [ -n "$python" ] || sh "$here/choose-python.sh"
    echo "LetsPic needs these system packages (Debian's names; other systems name them much the same):" >&2
    echo "    $essential $window" >&2
    echo "Install them and run make again, or go on without them with LETSPIC_SYSTEM_PACKAGES=no." >&2
    exit 1
fi
