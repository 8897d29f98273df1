#!/usr/bin/env bash
# Proves `make run` and `make test` in a throw-away Debian root that holds python3, git and make and nothing else.
#
# What is taken over from this machine: the configuration of its package clients (apt, pip, npm), folders with wheels that
# pip is told to look in, and CA certificates. Needs root and mmdebstrap. FRESH_KEEP=1 keeps the root.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
  echo "make fresh needs root: it makes a Debian root and enters it. Run: sudo make fresh" >&2
  exit 1
fi
command -v mmdebstrap >/dev/null || apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null

root=$(mktemp -d /var/tmp/shuyuan-fresh.XXXXXX)
chmod 755 "$root"
cleanup() {
  if [ -n "${FRESH_KEEP:-}" ]; then echo "[fresh] kept: $root"; else rm -rf --one-file-system "$root"; fi
}
trap cleanup EXIT
say() { echo "[fresh] $*"; }
begun=$SECONDS

say "making a Debian root …"
sources=(/etc/apt/sources.list.d/debian.sources /etc/apt/sources.list)
for file in "${sources[@]}"; do [ -s "$file" ] && mirror=$file && break; done
options=()
for file in /etc/apt/apt.conf.d/99*; do [ -e "$file" ] && options+=("--aptopt=$file"); done
mmdebstrap --quiet --variant=apt --include=python3,python3-venv,git,make "${options[@]}" "" "$root" "${mirror:?no apt sources found}"
say "root made after $((SECONDS - begun)) s"

# Services are not started by package scripts in there.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
chmod 1777 "$root/tmp"

take() { # a file or folder, to the same place
  [ -e "$1" ] || return 0
  mkdir -p "$root$(dirname "$1")"
  # What a package put there may be links that lead out of the root.
  rm -rf "${root:?}$1"
  cp -aL "$1" "$root$(dirname "$1")/"
}
for path in /etc/resolv.conf /etc/ssl/certs /usr/local/share/ca-certificates /etc/pip.conf /etc/xdg/pip "$HOME/.config/pip" \
  "$HOME/.pip" "$HOME/.npmrc" /etc/npmrc; do take "$path"; done
# The machine's paths of Node's headers mean nothing in there.
[ -f "$root$HOME/.npmrc" ] && sed -i '/^nodedir=/d' "$root$HOME/.npmrc"

git clone -q . "$root/srv/shuyuan"
git -C "$root/srv/shuyuan" remote remove origin
cp install/fresh_inside.sh "$root/srv/fresh_inside.sh"

# Folders with wheels that pip looks in are bound, not copied; the pages of an index lead to files beside it.
wheels=$(cat /etc/pip.conf /etc/xdg/pip/pip.conf "$HOME/.config/pip/pip.conf" 2>/dev/null | grep -oE '(file://)?/[A-Za-z0-9_./-]+' |
  sed 's#^file://##' | sort -u | while read -r path; do [ -d "$path" ] && case "$path" in /etc/*) ;; */simple) dirname "$path" ;; *) echo "$path" ;; esac; done | sort -u || true)

keep=$(env | grep -oE '^(PIP_[A-Z_]+|[A-Z_]*CA_BUNDLE|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|GIT_SSL_CAINFO|[a-zA-Z]+_(proxy|PROXY))=' | tr -d '=' || true)
inside=(HOME="$HOME" PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 WITHOUT="${WITHOUT:-}")
for name in $keep; do inside+=("$name=${!name}"); done

export root wheels
unshare --mount --pid --fork --kill-child bash -euc '
  mount --make-rprivate /
  mount --bind "$root" "$root"
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  for path in $wheels; do
    mkdir -p "$root$path"
    mount --bind "$path" "$root$path"
    mount -o remount,bind,ro "$root$path"
  done
  cd "$root"
  mkdir -p .old
  pivot_root . .old
  # No umount in there: MNT_DETACH is 2.
  python3 -c "import ctypes; ctypes.CDLL(None).umount2(b\"/.old\", 2)"
  rmdir /.old
  cd /srv/shuyuan
  exec env -i "$@" bash /srv/fresh_inside.sh
' fresh "${inside[@]}"
say "all of it took $((SECONDS - begun)) s"
