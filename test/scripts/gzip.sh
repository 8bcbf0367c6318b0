#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# gzip.sh - gunzip reads what docs/examples/gzip writes, and finds the same bytes. CONFIG=asan or CONFIG=tsan runs these
# builds.
. "$(dirname "$0")/begin"
gzip=$BUILD/${CONFIG:-release}/bin/docs/examples/gzip
if ! pkg-config --exists zlib 2>/dev/null || ! command -v gunzip >/dev/null; then
	echo 'zlib, its pkg-config file or gunzip is not installed: left out'
	exit 0
fi

# A block has 256 KiB: nothing, less than one, one, and several. Text is packed, and what is packed already is not.
: >"$dir/empty"
echo word >"$dir/small"
head -c 262144 "$BUILD/libleat.a" >"$dir/block"
cat lib/*.c "$BUILD/libleat.a" >"$dir/large"
"$gzip" "$dir/large" >"$dir/packed"
for file in empty small block large packed; do
	"$gzip" "$dir/$file" >"$dir/out.gz" || fail "a file: $file"
	gunzip -c "$dir/out.gz" >"$dir/out" && cmp "$dir/out" "$dir/$file" || fail "gunzip reads $file"
	cat "$dir/$file" | "$gzip" >"$dir/out.gz" || fail "a pipe: $file"
	gunzip -c "$dir/out.gz" >"$dir/out" && cmp "$dir/out" "$dir/$file" || fail "gunzip reads what came by a pipe: $file"
done
[ "$(wc -c <"$dir/packed")" -lt "$(($(wc -c <"$dir/large") * 2 / 3))" ] || fail 'it is packed'
status=0
"$gzip" "$dir/missing" >"$dir/out.gz" 2>"$dir/errors" || status=$?
[ $status -eq 1 ] && grep -q "$dir/missing: No such file" "$dir/errors" || fail 'a file that is not there'
if [ -c /dev/full ]; then
	status=0
	"$gzip" "$dir/large" >/dev/full 2>"$dir/errors" || status=$?
	[ $status -eq 1 ] && grep -q 'No space left' "$dir/errors" || fail 'an output that is full'
fi
echo "gunzip reads what gzip writes"
