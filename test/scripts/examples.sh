#!/bin/sh
# examples.sh - each example prints what its .expected file says, prints nothing on stderr, and ends with status 0.
# wordfreq has a test of its own. CONFIG=asan or CONFIG=tsan runs these builds.
set -eu
cd "$(dirname "$0")/../.."
bin=${BUILD:-build}/${CONFIG:-release}/bin/docs/examples
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
count=0
failed=0

fail() {
	echo "$1: $2"
	failed=$((failed + 1))
}

for source in docs/examples/*.c; do
	name=$(basename "$source" .c)
	[ "$name" = wordfreq ] && continue
	count=$((count + 1))
	if [ ! -e "docs/examples/$name.expected" ]; then
		fail "$name" 'has no .expected'
		continue
	fi
	status=0
	"$bin/$name" >"$dir/actual" 2>"$dir/errors" </dev/null || status=$?
	[ $status -eq 0 ] || fail "$name" "status $status"
	[ ! -s "$dir/errors" ] || { cat "$dir/errors"; fail "$name" 'has something on stderr'; }
	diff -u "docs/examples/$name.expected" "$dir/actual" || fail "$name" 'prints something else'
done
for expected in docs/examples/*.expected; do
	[ -e "${expected%.expected}.c" ] || fail "$expected" 'has no program'
done
echo "$count examples, $failed failures"
[ $count -gt 0 ] && [ $failed -eq 0 ]
