#!/usr/bin/env bash
# Run inside the fresh root: `make run` to ready and Ctrl-C, again without network, then `make test`.
set -euo pipefail
say() { echo "[fresh] $*"; }
# Ports of its own: the machine outside may run the platform too.
export SHUYUAN_PORT=18000 SHUYUAN_PROXY_API_PORT=18001 SHUYUAN_HUB_PORT=18002 SHUYUAN_PORTAL_PORT=18003 SHUYUAN_APPS_PORT=18004

start_and_stop() { # name, seconds allowed, and the command before make
  local name=$1 allowed=$2
  shift 2
  local begun=$SECONDS log=/tmp/run-$name.log
  # A job of its own process group, as a terminal would make it, so that Ctrl-C reaches all of it.
  set -m
  "$@" make run WITHOUT="$WITHOUT" >"$log" 2>&1 &
  local pid=$!
  set +m
  until grep -q "is at http" "$log"; do
    if ! kill -0 $pid 2>/dev/null; then
      cat "$log"
      say "make run ($name) ended before it was ready"
      exit 1
    fi
    if [ $((SECONDS - begun)) -gt "$allowed" ]; then
      cat "$log"
      say "make run ($name) was not ready after $allowed s"
      exit 1
    fi
    sleep 0.2
  done
  say "$name: ready after $((SECONDS - begun)) s"
  grep -E "password|ready|is at" "$log" || true
  kill -INT -- -$pid
  wait $pid || true
  sleep 1
  if pgrep -fa 'shuyuan|jupyterhub|configurable-http-proxy|portal.cli|hub_config'; then
    say "$name: processes were left running"
    exit 1
  fi
  say "$name: stopped, nothing left"
}

pgrep() { # procps is not there; look for command lines that match
  local found=1
  for entry in /proc/[0-9]*; do
    local line
    line=$(tr '\0' ' ' <"$entry/cmdline" 2>/dev/null) || continue
    case "$line" in *fresh_inside*) continue ;; esac
    if [ "${entry#/proc/}" != $$ ] && echo "$line" | grep -qE "$2"; then
      echo "${entry#/proc/} $line"
      found=0
    fi
  done
  return $found
}

start_and_stop first 1500 env
# Nothing but loopback.
start_and_stop offline 60 unshare --net bash -c 'python3 -c "
import fcntl, socket, struct
with socket.socket() as s:
    fcntl.ioctl(s, 0x8914, struct.pack(\"16sh\", b\"lo\", 0x49))
"; exec "$@"' offline
begun=$SECONDS
make test WITHOUT="$WITHOUT"
say "make test took $((SECONDS - begun)) s"
