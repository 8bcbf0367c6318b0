#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# run.sh - test/run itself, with tests of its own. It reports a test that fails, or in which leat finds a deadlock, ends
# one that hangs with all processes that it has started, waits longer on a busy machine, and refuses wrong numbers.
. "$(dirname "$0")/begin"

says() {
	grep -q -e "$1" "$dir/said" || fail "says $1"
	checks=$((checks + 1))
}

# runs STATUS NAME=VALUE... - test/run of the three tests ends with this status. Its words go to $dir/said.
runs() {
	wanted=$1 status=0
	shift
	env BUILD="$dir/build" CONFIGS=release CAPACITIES='0 3' SCRIPTS= JOBS=1 "$@" \
		test/run $tests >"$dir/said" 2>&1 || status=$?
	[ $status -eq "$wanted" ] || fail "test/run with $*: status $wanted (it was $status)"
	checks=$((checks + 1))
}

# a NAME - make a test. Its script is on stdin.
a() {
	mkdir -p "$dir/build/release/bin/test/own"
	{ echo '#!/bin/sh'; cat; } >"$dir/build/release/bin/test/own/$1"
	chmod +x "$dir/build/release/bin/test/own/$1"
}

echo 'exit 0' | a passes
echo 'echo it is wrong; exit 7' | a fails
echo '[ -z "${LEAT_REPORT-}" ] || echo "leat: process 7, 1 stuck and 0 suspected: the program goes on"' | a is_reported
echo "(trap 'touch $dir/ended; exit' TERM; while sleep 1000; do :; done) & wait" | a hangs

tests=own/passes
runs 0
says '^2 passed, 0 failed$'
tests='own/passes own/fails'
runs 1
says '^2 passed, 2 failed$'
says '^FAILED own-fails-3-release (status 7: .*own/fails 3)$'
says '^    it is wrong$'
tests=own/is_reported
runs 1
says '^1 passed, 1 failed$'
says '^FAILED own-is_reported-0-release '
tests=own/hangs
runs 1 LIMIT=1 CAPACITIES=0
says '^    took more than 1 s$'
[ -e "$dir/ended" ] || fail 'the process that the test has started is ended too'

for wrong in LIMIT=0 LIMIT=x LIMIT=-1 LIMIT=1x JOBS=0 JOBS=x JOBS=-1; do
	runs 2 $wrong
	says "'${wrong#*=}'"
done

# patience STATUS SECONDS COMMAND... - ends with this status, which is that of the command unless it takes too long.
patience() {
	wanted=$1 status=0
	shift
	test/patience "$@" >"$dir/said" 2>&1 || status=$?
	[ $status -eq "$wanted" ] || fail "test/patience $*: status $wanted (it was $status)"
	checks=$((checks + 1))
}

patience 0 5 true
patience 7 5 sh -c 'exit 7'
patience 137 5 sh -c 'kill -KILL $$'
patience 127 5 "$dir/no such program"
patience 124 1 sh -c 'trap "" TERM; sleep 1000' # it is killed
patience 2 5
patience 2 0 true

# loaded LOAD - compile test/patience.c so that it believes this load for each core.
loaded() {
	echo "#define _DEFAULT_SOURCE
#include <unistd.h>
static int load_here(double *load, int n)
{
	(void)n;
	*load = $1.0 * (double)sysconf(_SC_NPROCESSORS_ONLN);
	return 1;
}" \
		>"$dir/load.h"
	$CC -w -include "$dir/load.h" -Dgetloadavg=load_here test/patience.c -o "$dir/patience"
}

# On a busy machine a command has more time.
loaded 0
! "$dir/patience" 1 sleep 3 2>"$dir/said" || fail 'a limit of 1 s on an idle machine ends a sleep of 3 s'
loaded 9
"$dir/patience" 1 sleep 3 2>"$dir/said" || fail 'a limit of 1 s on a busy machine does not end a sleep of 3 s'
checks=$((checks + 2))

# A test program refuses a capacity that is none.
for wrong in x -1 3x ''; do
	status=0
	"$BUILD/release/bin/test/core/handles" "$wrong" >"$dir/said" 2>&1 || status=$?
	[ $status -eq 2 ] || fail "a test with the capacity '$wrong': status 2 (it was $status)"
	checks=$((checks + 1))
done
echo "$checks checks"
