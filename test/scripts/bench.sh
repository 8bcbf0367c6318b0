#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# bench.sh - leat-bench measures each row that it lists, in all three forms of output, and obeys its options. It refuses
# wrong options with status 2. It ends with status 1 if a value is lost or nothing moves. No number is judged.
. "$(dirname "$0")/begin"
bench=$BUILD/bench/leat-bench
libs="$BUILD/libleat.a $(sed -n 's/.*ALLOC=jemalloc.*/-ljemalloc/p' "$BUILD/settings") -pthread"

fail() {
	echo "not so: $1"
	head -n 20 "$dir/actual" "$dir/errors"
	exit 1
}

# expect STATUS PROGRAM ARGUMENT... - the program ends with STATUS. Its output goes to $dir/actual and $dir/errors.
expect() {
	wanted=$1
	shift
	status=0
	"$@" >"$dir/actual" 2>"$dir/errors" </dev/null || status=$?
	[ $status -eq "$wanted" ] || fail "$*: status $wanted (it was $status)"
	[ $wanted -ne 0 ] || [ ! -s "$dir/errors" ] || fail "$*: says nothing on stderr"
	checks=$((checks + 1))
}

# refused WORD ARGUMENT... - leat-bench ends with status 2, measures nothing, and its message contains WORD.
refused() {
	word=$1
	shift
	expect 2 "$bench" "$@"
	[ ! -s "$dir/actual" ] || fail "leat-bench $*: prints nothing"
	grep -q -e "$word" "$dir/errors" || fail "leat-bench $*: says $word"
}

# csv ROWS ARGUMENT... - the first six columns of all rows, with a space between two rows, are ROWS.
csv() {
	rows=$1
	shift
	expect 0 "$bench" --csv "$@"
	[ "$(tail -n +2 "$dir/actual" | cut -d , -f 1-6 | xargs)" = "$rows" ] || fail "leat-bench --csv $*: $rows"
}

# -------------------------------------------------------------------------------------------------- every row

expect 0 "$bench" --list
awk 'NF && $2 != "capacities" { print $1 }' "$dir/actual" | sort >"$dir/listed"
for shape in spsc mpmc select_both chain64 arithmetic messages_libc yield memory or_drop; do
	grep -qx $shape "$dir/listed" || fail "$shape is listed"
done
expect 0 "$bench" --csv --messages 64 --repeat 1
[ "$(head -n 1 "$dir/actual")" = shape,capacity,threads,size,messages,repeat,median,min,max,cpu,switches,floors,floor,unit ] ||
	fail 'the heading of --csv'
tail -n +2 "$dir/actual" >"$dir/rows"
cut -d , -f 1 "$dir/rows" | sort -u | diff "$dir/listed" - || fail 'what is listed is measured'
awk -F , 'NF != 14 || $5 != 64 || $6 != 1 || $7 < 0 || $7 != $8 || $8 != $9 || $10 !~ /^[0-9.]+$/ ||
	$11 !~ /^[0-9.]+$/ || $12 !~ /^[0-9.]*$/ || $13 !~ /^(lines|yields)?$/ || ($12 == "") != ($13 == "") || $14 == ""' \
	"$dir/rows" >"$dir/wrong"
[ ! -s "$dir/wrong" ] || { cat "$dir/wrong"; fail 'the columns of --csv'; }

# Floors stand beside rows in which threads meet for each message.
for row in spsc,0 mpmc,1 pingpong,0 chain4,1; do
	grep -Eq "^$row,.*,[0-9.]+,(lines|yields),ns/message$" "$dir/rows" || fail "$row has floors"
done
for row in seq,1 spsc,128 spsc,all worst_wait,0 go,; do
	grep -Eq "^$row,.*,,,[a-z/]+$" "$dir/rows" || fail "$row has no floors"
done
expect 0 "$bench" --csv --no-floors --messages 64 --repeat 1 spsc/0
grep -q '^spsc,0,.*,,,ns/message$' "$dir/actual" || fail 'no floors with --no-floors'
if command -v taskset >/dev/null; then
	expect 0 taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')" "$bench" --csv --repeat 1 spsc/0
	grep -q '^spsc,0,.*,yields,ns/message$' "$dir/actual" || fail 'one core has yields as floors'
fi

# ---------------------------------------------------------------------------------------------------- options

few='--messages 1000 --repeat 1'
csv 'spsc,0,1,8,1000,1 spsc,1,1,8,1000,1 spsc,128,1,8,1000,1 spsc,all,1,8,1000,1' spsc $few
csv 'mpmc,5,4,8,1000,1 mpmc,5,4,8,1000,1 go,,1,,1000,1' mpmc/5 --cap 5 mpmc go $few
csv 'mpsc,1,3,8,999,1 select_both,all,3,8,999,1 spsc,1,1,8,1000,1' mpsc select_both/all spsc --cap 1 --threads 3 $few
csv 'pingpong,0,1,64,1000,1 chain4,0,1,64,1000,1 select_rx,0,1,64,1000,1 blocks64,0,1,,1000,1' \
	pingpong chain4 select_rx blocks64 --size 64 --threads 1 --cap 0 $few
csv 'sized,128,1,64,1000,1 sized,128,1,1024,1000,1' sized $few
csv 'sized,128,1,65536,1000,1' sized --size 65536 $few
csv 'seq,1,1,8,1,1 mpmc,0,1,8,1,1' seq/1 mpmc/0 --threads 1 --messages 1 --repeat 1
expect 0 "$bench" --csv --repeat 4 --messages 100 spsc chain1 deadline
awk -F , 'NR > 1 && ($6 != 4 || $8 > $7 || $7 > $9)' "$dir/actual" >"$dir/wrong"
[ ! -s "$dir/wrong" ] || { cat "$dir/wrong"; fail 'a median is between the least and the most'; }
expect 0 "$bench" --csv --repeat 1 yield # as many as it chooses
awk -F , 'NR == 2 && $5 > 0' "$dir/actual" | grep -q . || fail 'calibrated'

# ------------------------------------------------------------------------------------------- a table, and json

expect 0 "$bench" spsc/0 mpmc/all chain4/1 go $few
placed='(spread|packed) \([0-9.]+\)'
grep -Eq "^two threads: $placed before, $placed after$" "$dir/actual" || fail 'a line about the machine'
grep -Eq '^a cache line .*: [0-9]+ ns; a switch .*: [0-9]+ ns$' "$dir/actual" || fail 'a line about the floors'
grep -Eq '^shapes +capacity +size +median +minimum +maximum +max/min +cpu +switches +floors$' "$dir/actual" ||
	fail 'a heading'
floors='[0-9.]+ (lines|yields) *'
for row in "spsc +0 +8/$floors" 'mpmc +all +8/- +' "chain4 +1 +8/$floors" 'go +- +-/- +'; do
	grep -Eq "^${row%%/*}( +[0-9.]+){3} +1\.00( +[0-9.]+){2} +${row#*/}ns/(message|function)$" "$dir/actual" ||
		fail "a row of $row"
done

expect 0 "$bench" --json spsc/all spsc/0 go $few
if command -v python3 >/dev/null; then
	cat >"$dir/look.py" <<'END'
import json, sys
all = json.load(sys.stdin)
machine, rows = all["machine"], all["rows"]
for key, kind in dict(cores=int, model=str, kernel=str, leat=str, malloc=str, two_threads_before=float,
                      two_threads_after=float, line_ns=float, yield_ns=float).items():
    assert isinstance(machine[key], kind), key
for row in rows:
    for key in ("median", "min", "max", "cpu", "switches"):
        assert isinstance(row[key], float), key
    floors = row["floors"], row["floor"]
    assert floors == (None, None) if row["capacity"] != 0 else floors[0] > 0 and floors[1] in ("lines", "yields"), floors
what = [[row[key] for key in ("shape", "capacity", "threads", "size", "messages", "repeat", "unit")] for row in rows]
assert what == [["spsc", "all", 1, 8, 1000, 1, "ns/message"], ["spsc", 0, 1, 8, 1000, 1, "ns/message"],
                ["go", None, 1, None, 1000, 1, "ns/function"]], what
END
	python3 "$dir/look.py" <"$dir/actual" || fail 'the JSON is as it should be'
else
	echo 'python3 is not installed: the JSON is only looked at'
	grep -q '{ "shape": "go", "capacity": null, .*"unit": "ns/function" }' "$dir/actual" || fail 'a row in JSON'
fi

expect 0 "$bench" --help
for option in cap threads size messages repeat no-floors csv json list help; do
	grep -q -e "--$option " "$dir/actual" || fail "--help tells --$option"
done

# ------------------------------------------------------------------------------------------------ wrong options

refused "'nothing'" nothing
refused "'spsc1'" spsc spsc1/0
refused "''" ''
refused spsc/x spsc/x
refused spsc/-1 spsc/-1
refused go/3 go/3
refused seq seq/0
refused timeout timeout --cap 0
refused mpmc/0 mpmc --messages 3
for option in cap threads size messages repeat; do
	for value in '' x -1 1x ' 8' 99999999999999999999; do
		refused "--$option" spsc --$option "$value"
	done
	refused "--$option" spsc --$option
done
for wrong in '--threads 0' '--threads 257' '--size 0' '--size 12' '--size 65544' '--messages 0' '--repeat 0' --wrong; do
	refused "${wrong% *}" spsc $wrong
done
refused --json --csv --json spsc

# --------------------------------------------------------------------------------------------- what goes wrong

# A channel that loses values.
cat >"$dir/lossy.c" <<'END'
#include <leat.h>
#include <string.h>
int __real_leat_recv_at_(leat_rx rx, void *value, size_t size, leat_time t, const char *where);
int __wrap_leat_recv_at_(leat_rx rx, void *value, size_t size, leat_time t, const char *where)
{
	int received = __real_leat_recv_at_(rx, value, size, t, where);
	memset(value, 0, size);
	return received;
}
END
$CC -std=c11 -Iinclude -Wl,--wrap=leat_recv_at_ "$dir/lossy.c" "$BUILD"/release/bench/*.o $libs -o "$dir/lossy"
for shape in seq/1 spsc/0 mpmc/1 pingpong/0 chain1/0 sized arithmetic/0 deadline; do
	expect 1 "$dir/lossy" $shape $few
	grep -q "$shape.*: not so: " "$dir/errors" || fail "$shape notices that values are lost"
done

# A channel on which nothing moves. This script sends the alarm. leat-bench ignores it until its handler is installed.
# It measures the machine first, so on a busy one the alarm may come meanwhile.
sh -c 'trap "" ALRM; : >"$1"; shift; exec "$@"' sh "$dir/started" "$bench" --csv spsc/0 --messages 1000000000 \
	>"$dir/actual" 2>"$dir/errors" </dev/null &
pid=$!
until [ -e "$dir/started" ]; do sleep 0.1; done
while kill -ALRM $pid 2>/dev/null; do sleep 0.1; done
status=0
wait $pid || status=$?
[ $status -eq 1 ] || fail "status 1 on SIGALRM (it was $status)"
grep -Eqx '(spsc/0|the machine): does not end' "$dir/errors" || fail 'it says what does not end'

if [ -c /dev/full ]; then
	status=0
	"$bench" --csv spsc/0 $few >/dev/full 2>"$dir/errors" || status=$?
	[ $status -eq 1 ] || fail "status 1 when stdout is full (it was $status)"
	grep -q 'standard output: No space left' "$dir/errors" || fail 'it says that stdout is full'
fi
echo "$checks runs"
