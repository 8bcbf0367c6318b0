#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# run.sh - test/run itself, with tests of its own. It reports a test that fails, ends one that hangs with all processes
# that it has started, gives a test more time on a busy machine, and refuses wrong numbers.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
checks=0

fail() {
	echo "not so: $*"
	cat "$dir/said"
	exit 1
}

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
echo "(trap 'touch $dir/ended; exit' TERM; while sleep 1000; do :; done) & wait" | a hangs

tests=own/passes
runs 0
says '^2 passed, 0 failed$'
tests='own/passes own/fails'
runs 1
says '^2 passed, 2 failed$'
says '^FAILED own-fails-3-release (status 7: .*own/fails 3)$'
says '^    it is wrong$'
tests=own/hangs
runs 1 LIMIT=1 CAPACITIES=0
says '^    took more than [0-9]* s$'
until [ -e "$dir/ended" ]; do sleep 0.1; done # the process that the test has started is ended too

for wrong in LIMIT=0 LIMIT=x LIMIT=-1 LIMIT=1x JOBS=0 JOBS=x JOBS=-1; do
	runs 2 $wrong
	says "not '${wrong#*=}'"
done

# patience LOADAVG SECONDS - the limit of 10 s becomes this on four cores.
printf '#!/bin/sh\necho 4\n' >"$dir/nproc"
chmod +x "$dir/nproc"
patience() {
	echo "$1" >"$dir/loadavg"
	PATH=$dir:$PATH test/patience 10 "$dir/loadavg" >"$dir/said"
	[ "$(cat "$dir/said")" = "$2" ] || fail "a load of $1: $2 s"
	checks=$((checks + 1))
}

patience '0.00 0.00 0.00 1/100 1' 10
patience '4.99 0.00 0.00 1/100 1' 20
patience '0.50 0.00 0.00 101/500 1' 260 # these have just begun
patience '100.20 50.00 0.00 3/500 1' 260
patience '99999.00 0.00 0.00 1/500 1' 1000
PATH=$dir:$PATH test/patience 10 "$dir/no such file" >"$dir/said"
says '^10$'

# A test program refuses a capacity that is none.
for wrong in x -1 3x ''; do
	status=0
	"$BUILD/release/bin/test/core/handles" "$wrong" >"$dir/said" 2>&1 || status=$?
	[ $status -eq 2 ] || fail "a test with the capacity '$wrong': status 2 (it was $status)"
	checks=$((checks + 1))
done
echo "$checks checks"
