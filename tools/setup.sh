# shellcheck shell=sh disable=SC2154
# Shared by ./pullback, ./test and .ci/run: installs what is missing, configures and builds.
# Defines nothing but functions; $root is the repository.

say() { echo "pullback: $*" >&2; }

# missing_packages KIND…: the packages of tools/packages of these kinds that are not installed.
missing_packages() {
  while read -r kind package proof; do
    case "$kind" in '' | '#'*) continue ;; esac
    for wanted in "$@"; do
      [ "$kind" = "$wanted" ] || continue
      # shellcheck disable=SC2086  # the proof may be a pattern
      [ -e "$(echo $proof | cut -d' ' -f1)" ] || echo "$package"
    done
  done <"$root/tools/packages"
}

# apt_get ARGUMENT…: as root, its output in $log.
apt_get() {
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >>"$log" 2>&1 </dev/null
}

# install_packages KIND…: installs what is missing, or says what is needed where it cannot.
install_packages() {
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    say "needs a C++20 compiler, CMake 3.25, Ninja and these libraries (Debian's names):"
    say "  $missing"
    say "install them with this system's package manager"
    command -v cmake >/dev/null && command -v ninja >/dev/null && say "trying to build" && return 0
    return 1
  fi
  sudo=
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      say "needs these packages; become root and install them:"
      say "  apt-get install --no-install-recommends $missing"
      return 1
    fi
    sudo=sudo
    $sudo -v
  fi
  say "installing $missing"
  log=$(mktemp)
  # The lists of packages may be missing or old.
  # shellcheck disable=SC2086
  if ! apt_get install -y --no-install-recommends $missing &&
    ! { apt_get update && apt_get install -y --no-install-recommends $missing; }; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    say "the packages could not be installed (see above)"
    return 1
  fi
  rm -f "$log"
}

# How many compilers run at once: one a core, each with 1.5 GB of memory.
jobs_at_once() {
  awk -v cores="$(nproc)" '/^MemAvailable/ { fit = int($2 / 1500000) }
    END { print fit < 1 ? 1 : fit < cores ? fit : cores }' /proc/meminfo 2>/dev/null || nproc
}

# show_progress LOG: on a terminal, the step Ninja is at, until this shell ends or kills it.
show_progress() {
  while kill -0 $$ 2>/dev/null; do
    printf '\rpullback: building %s ' \
      "$(tail -n 5 "$1" 2>/dev/null | sed -n 's/^\[\([0-9]*\/[0-9]*\)\].*/\1/p' | tail -n 1)" >&2
    sleep 0.5
  done
}

# build TARGET OPTION…: configures build/release if needed and builds the target; of the compilers'
# output only errors are shown.
build() {
  target=$1
  shift
  folder=$root/build/release
  log=$root/build/build.log
  mkdir -p "$root/build"
  if command -v flock >/dev/null 2>&1; then
    exec 9>"$root/build/.lock"
    flock -n 9 || { say "waiting for another build" && flock 9; }
  fi
  if [ -f "$folder/CMakeCache.txt" ] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
    say "the repository has moved: building afresh"
    rm -rf "$folder"
  fi
  # Without its tests at first, so that the program needs none of their packages.
  [ -f "$folder/CMakeCache.txt" ] || [ $# -gt 0 ] || set -- -DPULLBACK_TESTS=OFF
  command -v ccache >/dev/null 2>&1 && set -- "$@" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  : >"$log"
  progress=
  if [ -t 2 ]; then
    show_progress "$log" &
    progress=$!
  else
    say "building (a few minutes the first time; log: $log)"
  fi
  result=0
  { cmake -S "$root" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release "$@" &&
    cmake --build "$folder" --target "$target" -j "$(jobs_at_once)"; } >"$log" 2>&1 </dev/null ||
    result=$?
  if [ -n "$progress" ]; then
    kill "$progress" 2>/dev/null
    wait "$progress" 2>/dev/null || true
    printf '\r%40s\r' '' >&2
  fi
  [ ! -e "$root/build/.lock" ] || exec 9>&-
  [ "$result" != 0 ] || return 0
  grep -E -A 12 'rror|FAILED' "$log" | head -n 60 >&2
  say "the build failed; its whole log is $log"
  return "$result"
}
