# Sourced by the scripts beside it, with $root set: keeps .venv as the lock files say.
# Everything here talks on stderr, because stdout belongs to the program that runs afterwards.

say() { printf 'sipflow set-up: %s\n' "$*" >&2; }
die() { say "$@"; exit 3; }

# Print the path of a Python that is new enough and can make virtual environments.
find_python() {
  old='' bare=''
  for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    path=$(command -v "$name" 2>/dev/null) || continue
    version=$("$path" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if ! "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      old="$old $path ($version)"
    elif ! "$path" -c 'import ensurepip, venv' 2>/dev/null; then
      bare=$version
    else
      printf '%s\n' "$path"
      return
    fi
  done
  if [ -n "$bare" ]; then
    die "Python $bare lacks its venv and ensurepip modules; on Debian or Ubuntu: apt-get install python$bare-venv"
  fi
  die "needs Python 3.11 or newer, found${old:- none}; on Debian or Ubuntu: apt-get install python3 python3-venv"
}

# Print what .venv must have been made from: the locks, the project, the interpreter and the place.
fingerprint() {
  version=$("$root/.venv/bin/python" -I -S -c 'import sys; print(sys.version)' 2>/dev/null) || return 1
  { printf '%s\n' "$root" "$version"; cat "$1" "$root/pyproject.toml"; } | cksum
}

is_current() {
  [ -x "$root/.venv/bin/sipflow" ] && [ -f "$stamp" ] && [ "$(fingerprint "$lock")" = "$(cat "$stamp")" ]
}

# One set-up at a time: flock where there is one, else a folder that holds the owner's process id.
take_turn() {
  if command -v flock >/dev/null 2>&1; then
    exec 9>"$root/.setup.lock"
    flock 9
    return
  fi
  turn=$root/.setup.lock.d
  until mkdir "$turn" 2>/dev/null; do
    owner=$(cat "$turn/pid" 2>/dev/null) || owner=''
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then rm -rf "$turn"; else sleep 1; fi
  done
  echo $$ >"$turn/pid"
  trap 'rm -rf "$turn"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

end_turn() {
  if [ -n "${turn:-}" ]; then
    rm -rf "$turn"
    trap - EXIT INT TERM
  else
    exec 9>&-
  fi
}

# Install what a lock file of the root names; a lock is whole, so that nothing has to be resolved.
install_packages() {
  (
    cd "$root" || exit
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0 PIP_ROOT_USER_ACTION=ignore
    .venv/bin/python -m pip install --quiet --no-deps --require-hashes -r "$1" >&2
  )
}

install_locked() {
  if ! "$root/.venv/bin/python" -m pip --version >/dev/null 2>&1 || [ ! -f "$root/.venv/.root" ] ||
    [ "$(cat "$root/.venv/.root")" != "$root" ]; then
    python=$(find_python) || exit
    say "making .venv with $python"
    "$python" -m venv --clear "$root/.venv" >&2 || die "could not make $root/.venv"
    printf '%s\n' "$root" >"$root/.venv/.root"
  fi
  say "installing from $(basename "$lock")"
  install_packages "$(basename "$lock")" && (
    cd "$root" || exit
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0 PIP_ROOT_USER_ACTION=ignore
    .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e . >&2 &&
      .venv/bin/python -m compileall -q src >&2
  ) || die "installing failed, see above (an index that cannot be reached?)"
}

is_editor_built() {
  "$root/.venv/bin/python" -E -S "$root/scripts/build_web.py" --check
}

# Build the editor from web/. Without it everything but the editor works, so that a failure is told and no more.
build_editor() {
  built=0
  "$root/.venv/bin/python" "$root/scripts/build_web.py" >&2 || built=$?
  if [ "$built" = 4 ]; then
    say "getting Node as a Python package"
    install_packages requirements-node.lock && built=0 && "$root/.venv/bin/python" "$root/scripts/build_web.py" >&2 || built=$?
  fi
  if [ "$built" != 0 ]; then say "the editor could not be built, see above; sipflow up will not have it"; fi
}

# Make .venv right for `runtime`, `dev` or `soak`, each of which holds the one before it. The first time costs a minute,
# every later one milliseconds.
set_up() {
  unset PYTHONHOME
  case $1 in
    runtime) lock=$root/requirements.lock ;;
    *) lock=$root/requirements-$1.lock ;;
  esac
  stamp=$root/.venv/.$1-stamp
  if is_current && is_editor_built; then return; fi
  take_turn
  if ! is_current; then
    install_locked
    fingerprint "$root/requirements.lock" >"$root/.venv/.runtime-stamp"
    if [ "$1" = soak ]; then fingerprint "$root/requirements-dev.lock" >"$root/.venv/.dev-stamp"; fi
    fingerprint "$lock" >"$stamp"
  fi
  is_editor_built || build_editor
  end_turn
}
