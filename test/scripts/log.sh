#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# log.sh - docs/examples/log prints what awk finds in the same log, whatever the blocks are in which it reads it.
# CONFIG=asan or CONFIG=tsan runs these builds.
. "$(dirname "$0")/begin"
log=$BUILD/${CONFIG:-release}/bin/docs/examples/log

awk 'BEGIN {
	for (i = 0; i < 60000; i++) {
		class = i * 7 % 11
		status = class < 7 ? 200 + class : class < 9 ? 404 : 503
		printf "%d %s /page/%d %d %d %d\n", 1700000000 + i, i % 3 ? "GET" : "POST", i * 31 % 997, status, i * 13 % 65537, i * 17 % 30011
	}
	printf "a line without fields\n\n1 GET / 301 7 9" }' >"$dir/log"
awk 'NF >= 6 && $4 + 0 > 0 { c = int($4 / 100); n[c]++; bytes[c] += $5; if ($6 + 0 > slowest[c]) slowest[c] = $6 + 0 }
	END {
		for (c = 0; c < 10; c++)
			if (n[c])
				printf "%dxx: %d requests, %d bytes, the slowest took %d us\n", c, n[c], bytes[c], slowest[c]
	}' "$dir/log" >"$dir/expected"
[ "$(wc -l <"$dir/expected")" -eq 4 ] || fail 'awk finds four classes'
"$log" "$dir/log" | cmp - "$dir/expected" || fail 'a file'
cat "$dir/log" | "$log" | cmp - "$dir/expected" || fail 'a pipe'
[ -z "$("$log" </dev/null)" ] || fail 'nothing'
status=0
"$log" "$dir/missing" 2>"$dir/errors" || status=$?
[ $status -eq 1 ] && grep -q "$dir/missing: No such file" "$dir/errors" || fail 'a file that is not there'
status=0
"$log" "$dir" 2>"$dir/errors" || status=$?
[ $status -eq 1 ] && grep -q 'Is a directory' "$dir/errors" || fail 'a directory'
if [ -c /dev/full ]; then
	status=0
	"$log" "$dir/log" >/dev/full 2>"$dir/errors" || status=$?
	[ $status -eq 1 ] && grep -q 'No space left' "$dir/errors" || fail 'an output that is full'
fi
echo "log prints what awk prints"
