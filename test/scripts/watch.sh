#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# watch.sh - LEAT_REPORT, with no change to the program: on SIGQUIT, on deadlocks and at the end. With the static
# library, the shared one, and the two files of `make single`. A program that does not ask prints nothing.
. "$(dirname "$0")/begin"
unset LEAT_REPORT LEAT_REPORT_FILE

fail() {
	echo "not so: $*"
	cat "$dir/err"
	exit 1
}

# says TEXT - stderr of the last program has it
says() {
	grep -qF -- "$1" "$dir/err" || fail "stderr has: $1"
	checks=$((checks + 1))
}

says_nothing() {
	[ ! -s "$dir/err" ] || fail "$1 says nothing"
	checks=$((checks + 1))
}

# A program that ends when its input ends, or hangs, or leaves something open.
cat >"$dir/program.c" <<'END'
#include <leat.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}
int main(int argc, char **argv)
{
	const char *does = argc > 1 ? argv[1] : "";
	char byte;
	int n = 0;
	leat_rx out;
	printf("%d ", geteuid() != getuid());
	while (strcmp(does, "read first") == 0 && read(0, &byte, 1) > 0)
		;
	out = leat_map(LEAT_NIL, leat_repeat(LEAT_NIL, LEAT_VALUES(int, 1)), int, same, NULL);
	if (leat_recv(out, &n) != 1 || n != 1)
		return 1;
	printf("received ");
	if (strcmp(does, "hang") == 0)
		leat_recv((leat_rx)LEAT_NIL, &n);
	while (strcmp(does, "read") == 0 && read(0, &byte, 1) > 0)
		;
	if (strcmp(does, "leave") != 0)
		leat_drop(out);
	puts("ended");
	return 0;
}
END

# run STATUS ARGUMENT... - run the program with these arguments, to this status
run() {
	status=0 expected=$1
	shift
	"$dir/program" "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
	[ "$status" -eq "$expected" ] || fail "program $* ends with $expected, not $status"
}

# quits WHEN WORDS - SIGQUIT while the program reads; it writes the words, and goes on
quits() {
	rm -f "$dir/in"
	mkfifo "$dir/in"
	LEAT_REPORT=quit "$dir/program" "$1" <"$dir/in" >"$dir/out" 2>"$dir/err" &
	process=$!
	exec 3>"$dir/in"
	until grep -q "$2" "$dir/err"; do
		kill -QUIT $process 2>/dev/null || fail "SIGQUIT does not end the program"
		sleep 0.1
	done
	exec 3>&-
	wait $process || fail "the program goes on"
	grep -q 'received ended' "$dir/out" || fail "the program does its work"
	checks=$((checks + 1))
}

all_of_it() {
	run 0
	says_nothing 'a program that does not ask'
	LEAT_REPORT=quit,deadlock,exit,top run 0
	says_nothing 'a program without faults'
	LEAT_REPORT=foo,exit run 0
	says 'has the word "foo", which is none of quit, deadlock, exit and top'

	quits read 'repeat'
	LEAT_REPORT=deadlock run 2 hang
	says 'main waits to receive from a nil channel'
	says 'the program ends with status 2'
	grep -q received "$dir/out" || fail 'what was printed before is shown'

	LEAT_REPORT=exit run 0 leave
	says 'map waits to send to map.out; it was started at '
	says ': 1 receiving handle'
}

flags='-std=c11 -O2 -pthread'
$CC $flags -Iinclude "$dir/program.c" "$BUILD/libleat.a" -o "$dir/program"
all_of_it
quits 'read first' 'leat .*, process '

# A file gets all reports, one after the other. A file that cannot be written is told, and the report comes all the same.
LEAT_REPORT=exit LEAT_REPORT_FILE="$dir/file" run 0 leave
says_nothing 'a report to a file'
LEAT_REPORT=exit LEAT_REPORT_FILE="$dir/file" run 0 leave
[ "$(grep -c 'map waits' "$dir/file")" -eq 2 ] || fail 'the file has both reports'
LEAT_REPORT=exit LEAT_REPORT_FILE="$dir/none/file" run 0 leave
says "leat: $dir/none/file: "
says 'map waits'

# A program that has other rights than its user ignores the variables.
if [ "$(id -u)" -eq 0 ]; then
	chown 65534 "$dir/program"
	chmod u+s "$dir/program"
	LEAT_REPORT=foo,exit LEAT_REPORT_FILE="$dir/of_root" run 0 leave
	if grep -q '^1' "$dir/out"; then
		says_nothing 'a program with other rights'
		[ ! -e "$dir/of_root" ] || fail 'a program with other rights writes no file'
	else
		echo 'programs cannot get other rights here: not tested'
	fi
	rm "$dir/program"
fi

$CC $flags -Iinclude "$dir/program.c" "$BUILD/libleat.so" -o "$dir/program" -Wl,-rpath,"$(cd "$BUILD" && pwd)"
all_of_it

lib/single "$dir/single" map generator
cp "$dir/program.c" "$dir/single"
(cd "$dir/single" && $CC $flags -I. ./*.c -o ../program)
all_of_it
echo "$checks checks"
