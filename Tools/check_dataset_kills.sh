#!/bin/bash
# Kills a build of a dataset 50 times at random moments, lets it finish, and compares it with one that nobody disturbed:
#   check_dataset_kills.sh PROGRAM FOLDER-OF-PSD-FILES [KILLS] [SEED]
# Prints the moment of each kill and what was done by then; exits 1 where the results differ in a byte.
set -u
program=$1
sources=$2
kills=${3:-50}
RANDOM=${4:-1}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
landed=0

begin=$(date +%s%N)
"$program" dataset build "$sources" -o "$place/whole" --jobs 2 --quiet || exit 1
whole=$((($(date +%s%N) - begin) / 1000000))
echo "undisturbed with 2 jobs: $whole ms"

# Results are deleted between rounds so that there is always work left to interrupt.
for ((kill = 1; kill <= kills; kill++)); do
  jobs=$((kill % 3 + 1))
  wait=$((RANDOM * 32768 + RANDOM))
  wait=$((wait % (whole + whole / 4)))
  "$program" dataset build "$sources" -o "$place/killed" --jobs $jobs --quiet >"$place/said" 2>&1 &
  build=$!
  sleep "$((wait / 1000)).$(printf %03d $((wait % 1000)))"
  if kill -9 $build 2>/dev/null; then how=killed; landed=$((landed + 1)); else how="had finished"; fi
  wait $build 2>/dev/null
  left=$(find "$place/killed/.work" -name '*.json' 2>/dev/null | wc -l)
  shards=$(find "$place/killed" -maxdepth 1 -name 'shard-*.tar' 2>/dev/null | wc -l)
  echo "$kill: $jobs jobs, $how after $wait ms; $left results kept, $shards shards"
  if [ "$how" = "had finished" ] || [ $((kill % 5)) = 0 ]; then
    # Half of what is kept goes, and a finished dataset with it.
    find "$place/killed/.work" -name '*[0-7].json' -delete 2>/dev/null
    rm -f "$place/killed/index.json" "$place/killed/manifest.json"
  fi
done

"$program" dataset build "$sources" -o "$place/killed" --jobs 1 --quiet || exit 1
if diff -r "$place/whole" "$place/killed"; then
  echo "byte-identical after $kills rounds, of which $landed were killed at work: $(cd "$place/whole" && sha256sum * | sha256sum | cut -c1-16)"
else
  exit 1
fi
