# shellcheck shell=bash
# A daemon over the sandbox, as processes, for scripts that look at it. Sourced:
#
#   fleet_begin page                              # makes $work, and ends everything on exit
#   start_sandbox 60 30m [--hostile-names]        # sets $sandbox, HOST:PORT
#   write_policies enforce 6m                     # $work/policies.d; cuts so long before a term ends
#   start_daemon 30m                              # sets $daemon; returns when it is ready
#   start_prometheus                              # sets $prometheus; scrapes the daemon
#
# install_modules SOURCE FOLDER keeps npm's packages of SOURCE/package.json in FOLDER, once.
# Loopback only, but for npm; ports are whatever is free. Needs $penstock, the binary.

install_modules() {
  mkdir -p "$2"
  if cmp -s "$1/package.json" "$2/package.json"; then return; fi
  cp "$1/package.json" "$2/package.json"
  # Without it the next run installs once more.
  (cd "$2" && npm install --silent --no-audit --no-fund) || { rm "$2/package.json"; return 1; }
}

fleet_begin() {
  fleet_name=$1
  unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy ALL_PROXY all_proxy
  work=$(mktemp -d "${TMPDIR:-/tmp}/penstock-$fleet_name.XXXXXX")
  pids=()
  trap fleet_end EXIT
}

stop_processes() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
}
fleet_end() { stop_processes; rm -rf "$work"; }

await_listener() {  # what follows "listening" in FILE, written by PID
  local found
  for _ in $(seq 300); do
    found=$(sed -nE 's/.*listening ([0-9.:]+).*/\1/p' "$1" | head -n 1)
    [ -z "$found" ] || { echo "$found"; return; }
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  echo "$fleet_name: no listener:" >&2
  tail -n 5 "$1" >&2
  return 1
}
await_ready() {  # URL
  for _ in $(seq 300); do
    if curl -fsS "$1" >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  echo "$fleet_name: $1 never became ready" >&2
  return 1
}

start_sandbox() {
  local instances=$1 month=$2
  : "${penstock:?the binary}"
  shift 2
  "$penstock" sandbox --listen 127.0.0.1:0 --instances "$instances" --month "$month" --processing 2s "$@" \
    >"$work/sandbox.log" 2>&1 &
  pids+=($!)
  sandbox=$(await_listener "$work/sandbox.log" "${pids[-1]}")
}

# Four policies over everything, with times that suit months of minutes.
write_policies() {  # MODE WINDOW
  local name match budget
  mkdir -p "$work/policies.d"
  while read -r name budget match; do
    cat >"$work/policies.d/$name.toml" <<TOML
[[policy]]
name = "$name"
mode = "$1"
match = { $match }
priority = $([ "$name" = rest ] && echo 0 || echo 10)
[policy.traffic]
query = 'node_network_transmit_bytes_total{device="eth0"}'
max_age = "20s"
[policy.bounds]
min = "10 Mbps"
max = "5 Gbps"
step = "5 Mbps"
[[policy.rule]]
kind = "saturation"
quiet = "60s"
[policy.upgrade]
cooldown = "4s"
[policy.downgrade]
window = "$2"
freeze = "6s"
agreement = "10s"
cooldown = "10s"
[policy.budget]
per_month = "$budget USD"
TOML
  done <<'LIST'
edge 20000 name = ["edge-*"]
web 12000 name = ["web-*"]
api 30000 name = ["api-*"]
rest 5000 id = ["*"]
LIST
}

start_daemon() {
  local month=$1 name
  rm -rf "$work/state"
  mkdir -p "$work/state"
  for name in access-key-id access-key-password api-token; do install -m 600 /dev/null "$work/$name"; done
  echo sandbox-id >"$work/access-key-id"
  echo sandbox-password >"$work/access-key-password"
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$work/api-token"
  cat >"$work/penstock.toml" <<TOML
listen = "127.0.0.1:0"
tick = "2s"
policies = "policies.d"
state = "$work/state"
api_token_file = "api-token"
[[account]]
name = "sandbox"
base_url = "http://$sandbox"
access_key_id_file = "access-key-id"
access_key_password_file = "access-key-password"
requests_per_second = 20
changes_per_second = 5
billing_month = "$month"
[[source]]
name = "counters"
kind = "scrape"
interval = "2s"
targets = [{ url = "http://$sandbox/metrics" }]
[limits]
orders_per_day = ${orders_per_day:-100000}
per_day = "${per_day:-200000 USD}"
per_month = "${per_month:-500000 USD}"
max_lowered_share = 1.0
TOML
  "$penstock" check --config "$work/penstock.toml" >"$work/check.log" 2>&1 || { cat "$work/check.log" >&2; return 1; }
  "$penstock" run --config "$work/penstock.toml" >"$work/penstock.log" 2>&1 &
  pids+=($!)
  daemon=$(await_listener "$work/penstock.log" "${pids[-1]}")
  await_ready "http://$daemon/-/ready"
}

# Prometheus cannot listen on port 0: a port is drawn that refuses connections, and another if it
# was taken meanwhile.
start_prometheus() {
  local port
  cat >"$work/prometheus.yml" <<YML
global: {scrape_interval: 2s, scrape_timeout: 2s}
scrape_configs: [{job_name: penstock, static_configs: [{targets: ["$daemon"]}]}]
YML
  for _ in 1 2 3; do
    port=$((20000 + RANDOM % 20000))
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue; fi
    prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/prometheus" \
      --web.listen-address="127.0.0.1:$port" --log.level=error >"$work/prometheus.log" 2>&1 &
    pids+=($!)
    prometheus=127.0.0.1:$port
    if await_ready "http://$prometheus/-/ready" && kill -0 "${pids[-1]}" 2>/dev/null; then return; fi
  done
  cat "$work/prometheus.log" >&2
  return 1
}
