#!/bin/bash
# Fits of one plan by 'iad fleet fit' with two workers and by two nodes of one slot each, in turn: seconds, and CPU seconds of all who take part.
# Usage: cluster.sh BIN POSTGRES FOLDER, where BIN has iad.dll and iad-node.dll, POSTGRES has pg_ctl and initdb, and FOLDER is new.
set -euo pipefail
bin=$1 postgres=$2 folder=$3
parts=${PARTS:-20} seeds=${SEEDS:-100} pairs=${PAIRS:-2}
port=54329 connection="Host=127.0.0.1;Port=54329;Database=postgres;Username=iad"
mkdir "$folder"; chmod 755 "$folder"
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" != 0 ] || { mkdir "$folder/db"; chown postgres "$folder/db"; }
as "$postgres/initdb" -D "$folder/db/data" -U iad --auth=trust --locale=C -E UTF8 >/dev/null
as "$postgres/pg_ctl" -D "$folder/db/data" -w -l "$folder/db/log" -o "-p $port -k $folder/db -h 127.0.0.1" start >/dev/null
trap 'as "$postgres/pg_ctl" -D "$folder/db/data" -m immediate stop >/dev/null' EXIT
main=$(head -1 "$folder/db/data/postmaster.pid")
hertz=$(getconf CLK_TCK)

# CPU seconds of processes, and of those of their children that have ended.
cpu() { local pid; for pid in "$@"; do sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null || true; done | awk -v hz="$hertz" '{ s += $12 + $13 + $14 + $15 } END { printf "%.2f", s / hz }'; }
database() { cpu "$main" $(pgrep -P "$main"); }
sql() { as "$postgres/psql" -h 127.0.0.1 -p "$port" -U iad -d postgres -qtAc "$1" 2>/dev/null; }
since() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b - a }'; }

awk -v parts="$parts" 'BEGIN { srand(7); print "sensor,a,b,c,d,e,f,g,h,i,j"
  for (p = 0; p < parts; p++) for (r = 0; r < 1000; r++) { printf "s%d", p; for (c = 0; c < 10; c++) printf ",%.4f", rand() + rand() + (r % 20 == 3) * 2; print "" } }' > "$folder/data.csv"
plan=("$folder/data.csv" --by sensor --model svdd --rounds 4 --epochs 20 --seeds "$seeds")
echo "$((parts * seeds)) fits: ${plan[*]:1}"
dotnet "$bin/iad.dll" cluster init --cluster "$connection"
for ((pair = 0; pair < pairs; pair++)); do
  dotnet "$bin/iad.dll" fleet plan "${plan[@]}" --out "$folder/fleet$pair" 2>/dev/null
  echo "load $(cut -d' ' -f1 /proc/loadavg)"
  /usr/bin/time -f "folder: %e s, %U user %S system" dotnet "$bin/iad.dll" fleet fit --out "$folder/fleet$pair" --workers 2 2>&1 | tail -2
  # Nothing of the first round may be there, or there is nothing to do.
  sql 'truncate iad.result, iad.partition, iad.job_start, iad.fleet cascade'
  dotnet "$bin/iad-node.dll" --cluster "$connection" --slots 1 --address 127.0.0.1 --port 21111 >"$folder/node1.log" 2>&1 & first=$!
  dotnet "$bin/iad-node.dll" --cluster "$connection" --slots 1 --address 127.0.0.1 --port 21112 >"$folder/node2.log" 2>&1 & second=$!
  until grep -q 'Node with' "$folder/node1.log" && grep -q 'Node with' "$folder/node2.log"; do sleep 0.2; done
  start=$(cpu $first $second) before=$(database)
  id=$(dotnet "$bin/iad.dll" fleet fit "${plan[@]}" --cluster "$connection" --detach 2>/dev/null)
  submitted=$(database) now=$(date +%s.%N)
  echo "load $(cut -d' ' -f1 /proc/loadavg)"
  until [ "$(sql "select state from iad.fleet")" = ended ]; do sleep 1; done
  echo "nodes: $(since "$now" "$(date +%s.%N)") s, $(since "$start" "$(cpu $first $second)") CPU s after $start CPU s of start; database $(since "$submitted" "$(database)") CPU s, and $(since "$before" "$submitted") for the submission"
  kill $first $second
  wait $first $second || true
  mv "$folder/node1.log" "$folder/node1-$pair.log"; mv "$folder/node2.log" "$folder/node2-$pair.log"
  dotnet "$bin/iad.dll" fleet results "$id" --cluster "$connection" | cut -d, -f1-9,11 | sha1sum
  dotnet "$bin/iad.dll" fleet results "$folder/fleet$pair" | cut -d, -f1-9,11 | sha1sum
done
