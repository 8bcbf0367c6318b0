#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# soak.sh - the soak works. A short soak finds nothing wrong and prints what it did, in each build that is there. The
# program refuses wrong options.
. "$(dirname "$0")/begin"

# soaked CONFIG MESSAGES SEED
soaked() {
	"$BUILD/$1/bin/test/trust/soak/soak" -n "$2" -s "$3" >"$dir/said"
	grep -q "^soak: seed $3\$" "$dir/said"
	grep -q ' released; memory [0-9]* -> [0-9]* KiB; threads [12]$' "$dir/said"
	through=$(sed -n 's/.* with close races: \([0-9]*\); lost 0, twice 0, out of order 0$/\1/p' "$dir/said")
	[ "$through" -ge "$2" ] || { echo "$1: only $through messages went through"; exit 1; }
}

soaked release 200000 1
soaked release 200000 2
for config in asan tsan; do
	if [ -x "$BUILD/$config/bin/test/trust/soak/soak" ]; then
		soaked $config 20000 3
	else
		echo "not in $config: it is not built"
	fi
done
for wrong in '' '-n' '-n x' '-n -5' '-n 5x' '-n 99999999999999999999' '-m 0' '-m 1000001' '-s x -n 5' '-n 5 more' \
	'-x'; do
	status=0
	# shellcheck disable=SC2086 # words
	"$BUILD/release/bin/test/trust/soak/soak" $wrong >"$dir/said" 2>&1 || status=$?
	[ $status -eq 2 ] || { echo "soak $wrong: status $status"; exit 1; }
done
