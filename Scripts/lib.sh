# shellcheck shell=bash disable=SC2034
#
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0

# What Scripts/test and Scripts/demo share: where the checkout is, what it needs
# of the system, how they speak. Sourced with bash; sets `root` and goes there.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# ---- What is needed of the system ------------------------------------------
#
# One need a line: the package of Debian and Ubuntu, and how to see that it is
# there: a command, pkg:NAME for a library known to pkg-config, or py:NAME for a
# module of Python.

needs_build='
  g++            g++
  pkg-config     pkg-config
  libuv1-dev     pkg:libuv
'
needs_test='
  binutils       nm
  cmake          cmake
  clang-format   clang-format
  libcmocka-dev  pkg:cmocka
  make           make
  ninja-build    ninja
  patch          patch
  python3        python3
  python3-venv   py:ensurepip
  shellcheck     shellcheck
'
needs_demo='
  nginx          nginx
  redis-server   redis-server
'

# Programs for administrators (nginx) are not on everybody's PATH.
case ":$PATH:" in
*:/usr/sbin:*) ;;
*) export PATH="$PATH:/usr/sbin:/sbin" ;;
esac

is_there() {
  case $1 in
  pkg:*) pkg-config --exists "${1#pkg:}" 2>/dev/null ;;
  py:*) python3 -c "import ${1#py:}" 2>/dev/null ;;
  *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

# Prints the packages of a list of needs that are missing.
missing() {
  local package probe
  while read -r package probe; do
    [[ -n $package ]] || continue
    is_there "$probe" || printf '%s\n' "$package"
  done <<<"$1"
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "neither root nor sudo is at hand to run: $*"
  fi
}

# Installs packages without letting them start services of their own, now (a
# policy-rc.d that forbids it is in place while apt runs) or at the next boot.
apt_install() {
  # shellcheck disable=SC2016 # it is the inner shell that expands
  as_root env DEBIAN_FRONTEND=noninteractive sh -c '
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
      trap "rm -f $policy" EXIT
      trap "exit 1" HUP INT TERM
      printf "#!/bin/sh\nexit 101\n" >$policy && chmod 755 $policy
    fi
    apt-get update -qq || echo "apt-get update failed, trying without" >&2
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" || exit 1
    for package; do
      case $package in
      nginx | redis-server) ! command -v systemctl >/dev/null || systemctl -q disable $package || : ;;
      esac
    done
  ' sh "$@"
}

# Makes sure that the needs of all given lists are met.
require() {
  local packages=() still=()
  mapfile -t packages < <(missing "$(printf '%s\n' "$@")")
  ((${#packages[@]})) || return 0
  local list="${packages[*]}"
  command -v apt-get >/dev/null ||
    die "missing: $list (names of Debian's packages). There is no apt-get here:" \
      "install what provides them, then run this again."
  say "Installing with apt: $list"
  apt_install "${packages[@]}" ||
    die "apt-get could not install: $list. Is the network there? Install them" \
      "by hand (sudo apt-get install $list), then run this again."
  mapfile -t still < <(missing "$(printf '%s\n' "$@")")
  ((${#still[@]} == 0)) ||
    die "still missing after their installation: ${still[*]}. Is something else" \
      "of that name in the PATH, or PKG_CONFIG_PATH set?"
}

require_swift() {
  local version
  command -v swift >/dev/null ||
    die "there is no swift in the PATH. Install Swift 6.2 or later:" \
      "https://www.swift.org/install/linux/"
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
  [[ $(printf '6.2\n%s\n' "$version" | sort -V | head -n 1) == 6.2 ]] ||
    die "swift in the PATH is ${version:-of an unknown version}; 6.2 or later is needed:" \
      "https://www.swift.org/install/linux/"
}

# The clang that belongs to the Swift toolchain, else any.
find_clang() {
  local beside
  beside=$(dirname "$(readlink -f "$(command -v swift)")")/clang
  if [[ -x $beside ]]; then
    printf '%s\n' "$beside"
  else
    command -v clang || die "there is no clang beside swift, nor in the PATH"
  fi
}
