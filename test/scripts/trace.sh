#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# trace.sh - what LEAT_TRACE writes: a valid file, with the names of channels and stages. Also under sanitizers, with
# rings that are too small, from a process that forks, and to a file that cannot be written. (Needs python3.)
. "$(dirname "$0")/begin"
command -v python3 >/dev/null || { echo "python3 is not installed: skipped"; exit 0; }

# traced COMMAND... - run it; the trace goes to $dir/trace.json.
traced() {
	rm -f "$dir/trace.json"
	LEAT_TRACE="$dir/trace.json" "$@" >"$dir/out" 2>&1 || { cat "$dir/out"; echo "failed: $*"; exit 1; }
}

# valid [-d] [PATTERN...] - check the trace.
valid() {
	python3 test/scripts/trace.py "$dir/trace.json" "$@" || { echo "of: $(cat "$dir/out")"; exit 1; }
}

# --------------------------------------------------------------------------------------------------- examples

for name in pipeline tee or_done fan_out context mutex; do
	[ -e "docs/examples/$name.c" ] || continue
	traced "$BUILD/release/bin/docs/examples/$name"
	diff "docs/examples/$name.expected" "$dir/out"
	valid
done

# ------------------------------------------------------------------------------- a program that sleeps for sure

# The functions take turns, and each sleeps a little first. So its partner falls asleep sooner or later.
cat >"$dir/turns.c" <<'EOF'
#include <leat.h>
#include <sys/wait.h>
#include <unistd.h>

static leat_chan requests, answers;

static void answer(void *unused)
{
	(void)unused;
	for (int value; leat_recv(requests.rx, &value) > 0;) {
		leat_sleep(LEAT_MS(1));
		(void)leat_send(answers.tx, &value);
	}
}

static void copy(leat_stage *stage, void *unused)
{
	(void)unused;
	leat_pass_on(stage, NULL);
}

int main(void)
{
	leat_rx copied;
	int status = 0;

	requests = leat_make(int, 1);
	answers = leat_make(int, 1);
	leat_name(requests, "\"requests\" \xc3\xa9 \xff \\");
	copied = leat_stage_start(&(leat_plan){ .name = "copy", .body = copy, .in = &answers.rx, .ins = 1 });
	leat_go(answer, NULL);
	for (int i = 0; i < 100; i++) {
		leat_sleep(LEAT_US(500)); /* so that answer() waits longer than a thread spins: only a thread that sleeps is traced */
		leat_send(requests.tx, &i);
		leat_recv(copied, &(int){ 0 });
	}
	leat_drop(requests.tx);
	leat_drop(answers.tx);
	leat_wait_all(LEAT_NEVER);
	if (fork() == 0) {
		leat_sleep(LEAT_MS(1));
		exit(0); /* the child writes no file */
	}
	wait(&status);
	return status;
}
EOF
sed -i '1i #include <stdlib.h>' "$dir/turns.c"
flags='-std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -pthread -Iinclude'
$CC $flags -o "$dir/turns" "$dir/turns.c" "$BUILD/libleat.a" -lm
traced "$dir/turns"
valid 'receive from copy.out' 'receive from "requests"*' 'length of "requests"*' sleep 'wake copy' 'wakes up' copy \
	'copy at *turns.c:*' 'answer at *turns.c:*' 'close copy.out' main idle

# ---------------------------------------------------------------------------------- small rings, sanitizers

LEAT_TRACE_EVENTS=64 traced "$dir/turns"
valid -d 'older events were dropped' 'wake copy'
for config in release asan tsan; do
	program=$BUILD/$config/bin/test/stages/stages
	[ -x "$program" ] || continue
	traced "$program" 3
	valid
done

# ------------------------------------------------------------------------------------------ a program that hangs

cat >"$dir/hangs.c" <<'EOF'
#include <leat.h>

int main(void)
{
	leat_chan numbers = leat_make(int, 0);

	leat_name(numbers, "numbers");
	leat_own(numbers.tx);
	return leat_recv(numbers.rx, &(int){ 0 });
}
EOF
$CC $flags -o "$dir/hangs" "$dir/hangs.c" "$BUILD/libleat.a" -lm
status=0
LEAT_REPORT=deadlock LEAT_TRACE="$dir/trace.json" "$dir/hangs" 2>"$dir/out" || status=$?
[ $status -eq 2 ] || { cat "$dir/out"; echo "status $status, not 2"; exit 1; }
valid 'receive from numbers'

# ------------------------------------------------------------------------------------- a file that cannot be

rm "$dir/trace.json"
LEAT_TRACE=$dir/none/trace.json "$dir/turns" 2>"$dir/errors"
grep -q "^leat: no trace in $dir/none/trace.json: " "$dir/errors" || { cat "$dir/errors"; echo "no word of the file"; exit 1; }
