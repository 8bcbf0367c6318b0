#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# hangs.sh - LEAT_REPORT=deadlock finds each hang of test/insight/hangs/, and reports nothing of the programs of
# test/insight/lives/, which only look like hangs. A program that hangs says at its end with which status it ends, and
# which texts its report has ("report:") and does not have ("never:"). CONFIG=asan runs that build. (The thread sanitizer
# has a thread of its own, which leat does not know, so there not all threads are ever stuck.)
#
# All programs run at once, because they sleep most of the time.
. "$(dirname "$0")/begin"
bin=$BUILD/${CONFIG:-release}/bin/test/insight
failed=0

fail() {
	echo "$*"
	failed=$((failed + 1))
}

# start NAME [VARIABLE=VALUE] - run a program in the background. Its report goes to $dir/NAME/report.
start() {
	mkdir -p "$dir/$1"
	(
		status=0
		env LEAT_REPORT=deadlock LEAT_REPORT_FILE="$dir/$1/report" ${2-} \
			test/patience 60 "$bin/$1" >"$dir/$1/said" 2>&1 </dev/null || status=$?
		echo "$status" >"$dir/$1/status"
	) &
}

for source in test/insight/hangs/*.c; do
	soon=
	! grep -q 'report: suspected' "$source" || soon=LEAT_REPORT_SUSPECT=500 # instead of 10 s
	start "hangs/$(basename "$source" .c)" $soon
done
for source in test/insight/lives/*.c; do
	start "lives/$(basename "$source" .c)"
done
wait

# ends NAME STATUS - the program has ended with this status, and has said nothing.
ends() {
	[ "$(cat "$dir/$1/status")" = "$2" ] || fail "$1 ends with status $2 (it was $(cat "$dir/$1/status"))"
	[ ! -s "$dir/$1/said" ] || { fail "$1 says something:"; cat "$dir/$1/said"; }
}

hangs=0
for source in test/insight/hangs/*.c; do
	name=hangs/$(basename "$source" .c)
	before=$failed
	touch "$dir/$name/report"
	ends "$name" "$(sed -n 's,^/\* status: ,,p' "$source")"
	sed -n 's/^ \* report: //p' "$source" >"$dir/wanted"
	while IFS= read -r text; do
		grep -qF -e "$text" "$dir/$name/report" || fail "$name: the report says: $text"
	done <"$dir/wanted"
	[ -s "$dir/wanted" ] || fail "$name does not say what its report says"
	sed -n 's/^ \* never: //p' "$source" >"$dir/unwanted"
	while IFS= read -r text; do
		! grep -F -e "$text" "$dir/$name/report" || fail "$name: the report does not say: $text"
	done <"$dir/unwanted"
	[ $failed -eq $before ] || cat "$dir/$name/report"
	hangs=$((hangs + 1))
done

lives=0
for source in test/insight/lives/*.c; do
	name=lives/$(basename "$source" .c)
	ends "$name" 0
	[ ! -s "$dir/$name/report" ] || { fail "$name does not hang:"; cat "$dir/$name/report"; }
	lives=$((lives + 1))
done
echo "$hangs hangs and $lives lives, $failed failures"
[ $failed -eq 0 ]
