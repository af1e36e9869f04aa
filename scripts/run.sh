#!/usr/bin/env bash
# Serves a model from this tree, in the foreground: `make run`, or `make run MODEL=/path/to.gguf`.
# State, socket, credentials and log are in ./.run, or where EDGEBOX_RUN_DIR says; PORT= changes the TLS port, HTTP_PORT= the gateway's, SEED= the lines that are shown.
# Ctrl-C stops it.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
state=${EDGEBOX_RUN_DIR:-$root/.run}
shown=${state#"$root"/}
socket=$state/edgeboxd.sock
port=${PORT:-8443}
http=${HTTP_PORT:-8080}
log=$state/edgeboxd.log
ctl=$root/out/edgeboxctl/edgeboxctl
export EDGEBOX_ENDPOINT=unix:$socket
umask 077
mkdir -p "$state/models"

fail() { printf '\n%s\n' "$*" >&2; exit 1; }

if [ -n "${MODEL:-}" ]; then
  try='out/edgeboxctl/edgeboxctl chat "Good morning"'
  # Says what the file needs and what the machine has; refuses what cannot fit.
  out/edgeboxd/edgeboxd inspect "$MODEL" || exit 3
  model=$(realpath "$MODEL")
  serve=(--serve "$model")
else
  mini=models/edgebox-mini
  version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' $mini/edgebox-model.json)
  serve=()
  try='out/edgeboxctl/edgeboxctl chat --task clean "ئادھتتىك تەڭشەكلەر"'
  echo "Model: edgebox-mini@$version, $(du -m $mini/edgebox-mini.gguf | cut -f1) MiB, trained by us ($mini/MODEL.md). It cleans noisy short texts in Uyghur, Burmese,"
  echo "       Dzongkha, Kazakh, Chinese, Khmer and Mongolian and writes Uyghur in three scripts. It knows nothing of the world, and it cannot converse."
  echo "       A model for conversation: make run MODEL=/path/to.gguf"
fi

out/edgeboxd/edgeboxd --state "$state/state" --socket "$socket" --tls "127.0.0.1:$port" \
  --gateway off --gateway-http "127.0.0.1:$http" \
  --worker "$root/out/edgebox-worker/edgebox-worker" --packs "$root/out/pack" "${serve[@]}" >"$log" 2>&1 &
daemon=$!

stop() {
  trap '' INT TERM
  kill -TERM "$daemon" 2>/dev/null || true
  wait "$daemon" 2>/dev/null && code=0 || code=$?
  exit "$code"
}
trap 'printf "\nStopping…\n"; stop' INT TERM

for _ in $(seq 600); do
  kill -0 "$daemon" 2>/dev/null || { tail -n 20 "$log" >&2; fail "edgeboxd did not start; the whole log is in $log"; }
  [ -S "$socket" ] && "$ctl" status >/dev/null 2>&1 && break
  sleep 0.05
done

if [ -z "${MODEL:-}" ]; then
  # The first start puts it in the box's store; later ones find it there, and in memory.
  if ! "$ctl" model list | grep -qF "edgebox-mini@$version"; then
    "$ctl" model import "$root/$mini" >/dev/null || { tail -n 20 "$log" >&2; printf 'The model could not be imported; the whole log is in %s\n' "$log" >&2; stop; }
  fi
  "$ctl" model load "edgebox-mini@$version" >/dev/null || { tail -n 20 "$log" >&2; printf 'The model could not be loaded; the whole log is in %s\n' "$log" >&2; stop; }
fi

printf '\nYou:   Who are you?\nModel: '
"$ctl" chat "Who are you?" || { tail -n 20 "$log" >&2; printf 'The first answer failed; the whole log is in %s\n' "$log" >&2; stop; }

if [ -z "${MODEL:-}" ]; then
  out/edgebox-testing/edgebox-testing show "$socket" $mini/held-out.jsonl "${SEED:-$((RANDOM + 1))}"
fi

if [ ! -f "$state/credentials/ca.crt" ]; then
  # The files were lost, or never made: an older certificate of that name is of no use without its key.
  "$ctl" access revoke client --yes >/dev/null 2>&1 || true
  "$ctl" access issue client --role client --out "$state/credentials" >/dev/null
fi

key=$state/credentials/api-key
if [ ! -f "$key" ]; then
  "$ctl" access revoke-key client --yes >/dev/null 2>&1 || true
  "$ctl" access issue-key client --out "$key" >/dev/null
fi
# The one in memory: the store may hold others.
name=$("$ctl" --json model list | grep -oE '"name": ?"models/[^"]*", ?"state": ?"MODEL_STATE_READY"' | head -n 1 | sed 's|.*models/||; s|".*||')

cat <<TEXT

EdgeBox serves. 服务已就绪。
  on this machine   unix:$shown/edgeboxd.sock
  over the network  https://127.0.0.1:$port  (gRPC, mutual TLS)
  credentials       $shown/credentials  (client certificate, key, CA)
  log               $shown/edgeboxd.log

In a browser on this machine, with the API key below:
  page              http://127.0.0.1:$http/

Chat front ends, coding agents and SDKs, OpenAI's and Anthropic's:
  URL               http://127.0.0.1:$http/v1  (Anthropic's clients: without /v1)
  API key           $(cat "$key")
  model             $name

Try, in another terminal:
  out/edgeboxctl/edgeboxctl status
  $try
  out/edgeboxctl/edgeboxctl --endpoint https://127.0.0.1:$port --credentials $shown/credentials chat "Over TLS"

Ctrl-C stops it.
TEXT
wait "$daemon" && code=0 || code=$?
tail -n 20 "$log" >&2
fail "edgeboxd ended by itself with code $code"
