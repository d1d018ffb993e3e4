# Shared by ./pullback, ./test and .ci/run: installs what is missing, configures and builds.
# Sets nothing but functions; $root is the repository.

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

# install_packages KIND…: installs what is missing, or says what is needed where it cannot.
install_packages() {
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "pullback needs the following Debian packages, or what they are called on this system," >&2
    echo "and can only install them itself where there is apt-get:" >&2
    echo "  $missing" >&2
    return 1
  fi
  sudo=
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "pullback needs these packages; become root and install them:" >&2
      echo "  apt-get install $missing" >&2
      return 1
    fi
    sudo=sudo
  fi
  echo "pullback: installing $missing" >&2
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! { $sudo apt-get update -qq &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "pullback: the packages could not be installed (see above)" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# build TARGET OPTION…: configures build/release if needed and builds the target; its output is shown
# only if it fails, or progress on a terminal.
build() {
  target=$1
  shift
  mkdir -p "$root/build"
  log=$root/build/build.log
  echo "pullback: building (log: build/build.log)" >&2
  if ! { cmake -S "$root" -B "$root/build/release" -G Ninja -DCMAKE_BUILD_TYPE=Release "$@" &&
    cmake --build "$root/build/release" --target "$target"; } >"$log" 2>&1 </dev/null; then
    grep -E -A 10 'error|Error|FAILED' "$log" | head -n 60 >&2
    echo "pullback: the build failed; its whole log is $log" >&2
    return 1
  fi
}
