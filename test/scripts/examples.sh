#!/bin/sh
# examples.sh - each example prints what its .expected file says, prints nothing on stderr, and ends with status 0.
# wordfreq, checksum, gzip and log have tests of their own, and cpp.sh has the examples in C++. CONFIG=asan or CONFIG=tsan
# runs these builds, as test/run does; there reports know less, so those that go wrong on purpose are left out. An example
# of another library ("Package: libuv") is skipped where pkg-config does not find it.
#
# They run with LEAT_REPORT=deadlock, which finds nothing to report in them. An example that goes wrong on purpose has
# the line "Run it with LEAT_REPORT=exit. It ends with status 0.", or only its second sentence. Its .expected file also
# has what the program prints on stderr. There numbers that change from run to run are masked, and the calls of a panic
# are left out.
. "$(dirname "$0")/begin"
bin=$BUILD/${CONFIG:-release}/bin/docs/examples
ulimit -c 0 # a panic calls abort()
count=0
failed=0

fail() {
	echo "$1: $2"
	failed=$((failed + 1))
}

# masked FILE - the report without addresses, times, numbers of processes and lines. Idle threads may have ended.
masked() {
	sed -E '/\[0x[0-9a-f]+]$/d; s/0x[0-9a-f]+/ADDRESS/g; s/(process|thread) [0-9]+/\1 N/g; s/\.c:[0-9]+/.c:LINE/g
		s/[0-9.]+ (ms|s)\>/TIME/g; s/TIME to TIME/TIME/; s/; and [0-9]+ idle, for later use//' "$1"
}

# run_wrong PROGRAM VARIABLE=VALUE STATUS - compare sorted lines, because threads begin to wait in any order.
run_wrong() {
	status=0
	env "$2" test/patience 60 "$bin/$1" >"$dir/all" 2>&1 </dev/null || status=$?
	[ $status -eq "$3" ] || fail "$1" "status $status"
	masked "$dir/all" | sort >"$dir/actual"
	sort "docs/examples/$1.expected" | diff -u - "$dir/actual" || fail "$1" 'prints something else'
}

for source in docs/examples/*.c; do
	name=$(basename "$source" .c)
	case $name in wordfreq | checksum | gzip | log) continue ;; esac
	package=$(sed -n 's/^ \* Package: //p' "$source")
	if [ -n "$package" ] && ! pkg-config --exists "$package"; then
		echo "$name: skipped, as pkg-config does not find $package"
		continue
	fi
	count=$((count + 1))
	if [ ! -e "docs/examples/$name.expected" ]; then
		fail "$name" 'has no .expected'
		continue
	fi
	how=$(sed -n 's/^ \* It ends with status/ * Run it with LEAT_REPORT=deadlock. It ends with status/
		s/^ \* Run it with \(LEAT[^ ]*\)\. It ends with status \([0-9]*\)\.$/\1 \2/p' "$source")
	if [ -n "$how" ]; then
		case ${CONFIG-} in asan | tsan) ;; *) run_wrong "$name" $how ;; esac
		continue
	fi
	status=0
	LEAT_REPORT=deadlock "$bin/$name" >"$dir/actual" 2>"$dir/errors" </dev/null || status=$?
	[ $status -eq 0 ] || fail "$name" "status $status"
	[ ! -s "$dir/errors" ] || { cat "$dir/errors"; fail "$name" 'has something on stderr'; }
	diff -u "docs/examples/$name.expected" "$dir/actual" || fail "$name" 'prints something else'
done
for expected in docs/examples/*.expected; do
	[ -e "${expected%.expected}.c" ] || [ -e "${expected%.expected}.cpp" ] || fail "$expected" 'has no program'
done
echo "$count examples, $failed failures"
[ $count -gt 0 ] && [ $failed -eq 0 ]
