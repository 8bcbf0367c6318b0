#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# top.sh - leat-top finds the programs of its user that run with LEAT_REPORT=top, and shows one of them: once, or in a
# terminal of any size, which it leaves as it was (package: tmux).
. "$(dirname "$0")/begin"
process=
tmux="tmux -L leat-$$ -f /dev/null"
finish() {
	[ -z "$process" ] || kill "$process" 2>/dev/null || true
	! command -v tmux >/dev/null || $tmux kill-server 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT
export XDG_RUNTIME_DIR="$dir"
top=$BUILD/leat-top

# says TEXT - the last output of leat-top has it
says() {
	grep -qF -- "$1" "$dir/said" || fail "leat-top says: $1"
	checks=$((checks + 1))
}

# A pipeline whose reader is slow, and a thread that is stuck.
cat >"$dir/slow.c" <<'END'
#include <leat.h>
static void receive_from_nil(void *unused)
{
	(void)unused;
	leat_recv((leat_rx)LEAT_NIL, (int *)unused);
}
static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}
int main(void)
{
	leat_rx out = leat_map(LEAT_NIL, leat_repeat(LEAT_NIL, LEAT_VALUES(int, 1)), int, same, NULL);
	leat_chan requests = leat_make(int, 10);
	leat_name(requests.rx, "requests");
	leat_send(requests.tx, &(int){ 1 });
	leat_go(receive_from_nil, NULL);
	for (int n; leat_recv(out, &n) > 0;)
		leat_sleep(LEAT_MS(1));
	return 0;
}
END
$CC -std=c11 -O2 -pthread -Iinclude "$dir/slow.c" "$BUILD/libleat.a" -o "$dir/slow"

# ----------------------------------------------------------------------------------------------- without a terminal

$top >"$dir/said" 2>&1
says 'No program of yours'
LEAT_REPORT=top "$dir/slow" &
process=$!
until "$top" | grep -q "$process  slow "; do sleep 0.1; done
[ "$(stat -c %a "$dir/leat")" = 700 ] || fail 'only the user can enter the folder'
! $top --once 1 >"$dir/said" 2>&1 || fail 'process 1 does not run with LEAT_REPORT=top'
says 'is no program of yours'
! $top --once x >"$dir/said" 2>&1 || fail 'x is no process'
says 'usage'
$top --once $process >"$dir/said" 2>&1 || fail 'leat-top shows the program'
for text in "slow ($process), " 'your reader is the bottleneck' 'stuck: ' '*map' 'waits to receive from a nil channel' \
	' repeat ' ' 1/10 ' requests; do
	says "$text"
done

# ------------------------------------------------------------------------------------------------------ in a terminal

# shows TEXT - the terminal comes to show it
shows() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		$tmux capture-pane -p >"$dir/said"
		! grep -qF -- "$1" "$dir/said" || { checks=$((checks + 1)); return 0; }
		sleep 0.5
	done
	fail "the terminal shows: $1"
}

in_a_terminal() {
	$tmux new-session -d -x 120 -y 24 "$top $process; echo status \$?; stty -a; read -r line"
	shows "slow ($process), "
	shows 'waits to receive from a nil channel'
	$tmux resize-window -x 30 -y 3
	sleep 1.5
	shows "slow ($process), "
	! grep -q requests "$dir/said" || fail 'a small terminal gets no more lines than it has'
	$tmux resize-window -x 120 -y 60
	shows requests
	$tmux send-keys q
	shows 'status 0'
	shows ' icanon'
	shows ' echo '
	! grep -q 'waits to receive' "$dir/said" || fail 'the screen is as before'
	$tmux new-window "$top $process; echo status \$?; read -r line"
	shows 'waits to receive from a nil channel'
}

if command -v tmux >/dev/null; then
	in_a_terminal
else
	echo 'tmux is not installed: leat-top is not tried in a terminal'
fi

# -------------------------------------------------------------------------------------------------- after the program

# A program that was killed leaves its socket, which leat-top removes.
kill -KILL $process
wait $process 2>/dev/null || true
[ -e "$dir/leat/$process" ] || fail 'the socket is still there'
! command -v tmux >/dev/null || shows 'has ended'
$top >"$dir/said" 2>&1
says 'No program of yours'
[ ! -e "$dir/leat/$process" ] || fail 'leat-top removes what a program has left'
process=
echo "$checks checks"
