#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# races.sh - the programs of docs/examples/races/ have races on purpose. The thread sanitizer reports each `NAME broken`,
# in two lines of the source that are marked with a comment, "races". `NAME cured` is not reported, and has checked its
# own results if it ends with status 0.
. "$(dirname "$0")/begin"
case " ${CONFIGS:-tsan} " in *" tsan "*) ;; *) echo "races: skipped, because CONFIGS has no tsan"; exit 0 ;; esac
bin=$BUILD/tsan/bin/docs/examples/races
export TSAN_OPTIONS=atexit_sleep_ms=20:exitcode=66
count=0
failed=0

fail() {
	echo "$*"
	sed 's/^/    /' "$dir/report"
	failed=$((failed + 1))
}

# run NAME VERSION - one run. Its report goes to $dir/report, and its status to $status. A million reported accounts would
# take minutes.
run() {
	rounds=
	[ "$1 $2" != "account broken" ] || rounds=100
	status=0
	test/patience 60 "$bin/$1" "$2" $rounds >"$dir/said" 2>"$dir/report" </dev/null || status=$?
	count=$((count + 1))
}

# reported_lines NAME - the lines of the source where the two threads were
reported_lines() {
	sed -n "s|^ *#0 .*docs/examples/races/$1\.c:\([0-9]*\).*|\1|p" "$dir/report" | sort -un
}

for source in docs/examples/races/*.c; do
	name=$(basename "$source" .c)
	run "$name" broken
	[ $status -eq 66 ] || fail "$name broken: status $status instead of 66, the thread sanitizer's"
	reported_lines "$name" >"$dir/lines"
	[ -s "$dir/lines" ] || fail "$name broken: the report has no line of $source"
	while read -r line; do
		sed -n "${line}p" "$source" | grep -q '/\* races \*/$' || fail "$name broken: line $line does not race"
	done <"$dir/lines"
	echo "$name broken: reported, in lines $(tr '\n' ' ' <"$dir/lines")"

	run "$name" cured
	[ $status -eq 0 ] && [ ! -s "$dir/report" ] || fail "$name cured: status $status"
	echo "$name cured: clean"
done
echo "$count runs, $failed failures"
[ $count -gt 0 ] && [ $failed -eq 0 ]
