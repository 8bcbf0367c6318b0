#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# checksum.sh - docs/examples/checksum prints what find, sort and sha256sum print, whatever the names and sizes of the
# files are. It names each file that it cannot read, and goes on. CONFIG=asan or CONFIG=tsan runs these builds.
. "$(dirname "$0")/begin"
checksum=$(cd "$BUILD/${CONFIG:-release}/bin/docs/examples" && pwd)/checksum
command -v sha256sum >/dev/null || { echo 'sha256sum is not installed: left out'; exit 0; }
root=$PWD

# same STATUS ROOT... - both print the same for these roots, of which each is sorted.
same() {
	wanted=$1 status=0
	shift
	for place in "$@"; do
		find "$place" -type f -print0 2>/dev/null | sort -z | xargs -0 -r sha256sum
	done >"$dir/expected"
	"$checksum" "$@" >"$dir/actual" 2>"$dir/errors" || status=$?
	[ $status -eq "$wanted" ] || { cat "$dir/errors"; fail "checksum $*: status $wanted (it was $status)"; }
	cmp "$dir/expected" "$dir/actual" || fail "checksum $* prints what sha256sum prints"
	checks=$((checks + 1))
}

mkdir -p "$dir/tree/a/b" "$dir/tree/a.d" "$dir/tree/empty"
cd "$dir/tree"
for size in 0 1 55 56 63 64 65 119 120 128 65535 65536 200000; do
	dd if=/dev/zero bs="$size" count=1 2>/dev/null | tr '\0' 'x' >"size $size"
done
for name in a/1 a/b/2 a.d/3 a-b 'a space' 'a\back' "a
line" "a	tab" -dash; do
	echo "$name" >"./$name"
done
ln -s a link
mkfifo fifo
cd "$dir"
same 0 tree
same 0 tree/a tree/a.d tree/a-b
same 0 "$root/docs" "$root/patterns/"
sed -n 1,5p "$dir/expected" >"$dir/some"
sha256sum --check --quiet "$dir/some" || fail 'sha256sum --check reads it'
same 1 tree missing
grep -q '^checksum: missing: No such file' "$dir/errors" || fail 'it names what is missing'
ln -s loop tree/loop
same 0 tree
status=0
"$checksum" 2>/dev/null || status=$?
[ $status -eq 2 ] || fail 'status 2 without a path'
if [ -c /dev/full ]; then
	status=0
	"$checksum" tree >/dev/full 2>/dev/null || status=$?
	[ $status -eq 2 ] || fail 'status 2 when the output is full'
fi
echo "$checks checks"
