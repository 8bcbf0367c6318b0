#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# peers.sh - the parts of `make bench-peers`, without Go, Rust or gnuplot. A recorded CSV becomes a well-formed page
# that has every cell, even a cell without a number. The page has plots, or says that there are none. The samples
# alternate between the peers. A peer that hangs, fails, or cannot do the work is reported as such. The queue of the
# textbook delivers all values.
. "$(dirname "$0")/begin"
command -v python3 >/dev/null || { echo 'skipped: python3 is not installed'; exit 0; }
python=$(python3 -c 'import sys; print(sys.executable)')

# has FILE TEXT... - the file contains each text
has() {
	file=$1
	shift
	for text in "$@"; do
		grep -qF -- "$text" "$file" || { echo "not in $(basename "$file"): $text"; exit 1; }
		checks=$((checks + 1))
	done
}

# lacks FILE TEXT... - the file contains none of the texts
lacks() {
	file=$1
	shift
	for text in "$@"; do
		! grep -qF -- "$text" "$file" || { echo "in $(basename "$file"): $text"; exit 1; }
		checks=$((checks + 1))
	done
}

# ------------------------------------------------------------------------------------------------------ the report

# samples SHAPE CAPACITY CORES PEER NS... - lines of the CSV. Their number of switches is unlikely, so grep finds it.
samples() {
	cell=$1,$2,1,8,$3,$4
	shift 4
	for ns in "$@"; do
		echo "$cell,1,1000,$ns,$ns,0.01250,ok"
	done
}

{
	printf '# date: today & <always>\n# cores: 2\n# two busy threads, before: 1.98 1.99\n'
	printf '# two busy threads, after: 1.97\n# left out: rust\n'
	echo shape,capacity,threads,size,cores,peer,repetition,messages,ns,cpu,switches,state
	samples spsc 0 all leat 109 100 90 30 500
	samples spsc 0 all go 170 205 200 210 190
	echo spsc,0,1,8,all,crossbeam,,,,,,hung
	samples pingpong 1 1 leat 6000
	samples pingpong 1 1 go 2000
	echo 'pingpong,1,1,8,1,crossbeam,,,,,,"failed: status 4, lost <one>, or two"'
	samples chain4 128 all leat 1234567
	samples chain16 128 all go 5
	samples seq all all textbook 12.345
	samples new_shape 7 all leat 3
	echo arithmetic,0,1,8,all,leat,,,,,,unsupported
	echo arithmetic,0,1,8,all,tbb,,,,,,unsupported
} >"$dir/report.csv"

cat >"$dir/well_formed.py" <<'END'
import html.parser
import sys


class Checker(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids = [], set()

    def handle_startendtag(self, tag, attributes):
        self.check_id(dict(attributes))

    def handle_starttag(self, tag, attributes):
        self.check_id(dict(attributes))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def check_id(self, attributes):
        for name in ("src", "srcset"):
            assert name not in attributes, f"needs {attributes[name]}"
        assert attributes.get("id") not in self.ids, f"twice: {attributes['id']}"
        if "id" in attributes:
            self.ids.add(attributes["id"])


checker = Checker()
checker.feed(open(sys.argv[1], encoding="utf-8").read())
checker.close()
assert not checker.open, f"never closed: {checker.open}"
END

check_page() {
	"$python" "$dir/well_formed.py" "$1"
	has "$1" '>spsc<' '>pingpong, one core<' '>chain4<' '>chain16<' '>seq<' '>new_shape<' '>arithmetic<'
	has "$1" '<b>100</b><small>30.0–500</small>' '<b>200</b><small>170–210</small>' # median, least, most; a tie
	has "$1" '>≈0.50<' '>3.00<' # leat / Go
	has "$1" '>hung</td>' '>failed</td>' 'failed: status 4, lost &lt;one&gt;, or two' 'crossbeam in spsc / 0: hung'
	has "$1" 'geometric mean of 2 cells; leat is faster in 0, slower in 1, and ≈ in 1' # a tie is no win
	has "$1" 'leat is faster in 0 cells and slower in 1. In 1 the ranges overlap' 'Farthest behind' '>leat / Go<'
	lacks "$1" 'Farthest ahead' '>tbb<' # it has no numbers
	has "$1" 'Left out: rust' 'today &amp; &lt;always&gt;' 'The machine was spread' '0.0125'
}

mkdir "$dir/empty"
PATH=$dir/empty "$python" bench/peers/report.py "$dir/report.csv" >"$dir/without.html"
check_page "$dir/without.html"
has "$dir/without.html" 'The plots were left out: gnuplot is not installed.'
if command -v gnuplot >/dev/null; then
	"$python" bench/peers/report.py "$dir/report.csv" >"$dir/with.html"
	check_page "$dir/with.html"
	[ "$(grep -o '<svg' "$dir/with.html" | wc -l)" -eq 6 ] || { echo 'not all plots are there'; exit 1; }
	! grep -q 'plots were left out' "$dir/with.html" || { echo 'says that there are no plots'; exit 1; }
else
	echo 'gnuplot is not installed: plots are left out'
fi

grep -v '^[^#]*,go,' "$dir/report.csv" >"$dir/no_go.csv"
"$python" bench/peers/report.py "$dir/no_go.csv" >"$dir/no_go.html"
"$python" "$dir/well_formed.py" "$dir/no_go.html"
has "$dir/no_go.html" '>leat / best<'
lacks "$dir/no_go.html" '>Go<' 'leat / Go' 'of Go (ring)'

# ----------------------------------------------------------------------------------------------------- the samples

# peer NAME - make a program that stands for this peer. Its script is on stdin.
peer() {
	mkdir -p "$(dirname "$dir/build/bench/$1")"
	{ echo '#!/bin/sh'; cat; } >"$dir/build/bench/$1"
	chmod +x "$dir/build/bench/$1"
}

measure() {
	"$python" bench/peers/measure.py "$dir/build" --target 0.0001 "$@" >"$dir/measured.csv" 2>"$dir/progress"
}

peer leat-bench <<'END'
case $* in
*--json*) echo '{"machine": {"model": "abacus", "two_threads_before": 1.75, "yield_ns": 321}}' ;;
*) echo "shape,capacity,median,min,unit"; echo "$1,1,100.5,7,ns/message" ;;
esac
END
echo 'echo "$1,1,1,8,64,200.25"' | peer peers/go
echo 'exit 3' | peer peers/crossbeam
echo 'echo lost one >&2; exit 4' | peer peers/textbook
measure --works 'spsc/1 timeout' --repeat 6
has "$dir/measured.csv" '# model: abacus' '# two busy threads, after: 1.75' '# sched_yield, before: 321' \
	spsc,1,1,8,all,go,6,64,200.25, spsc,128,1,1024,all,leat,1,64,100.50, \
	spsc,1,1,8,all,crossbeam,,,,,,unsupported timeout,1,1,8,all,textbook,,,,,,'"failed: status 4, lost one"'
has "$dir/progress" 'spsc/1: leat 100.5  go 200.2  textbook failed: status 4, lost one' timeout/1:
grep '^spsc,1,.*ok$' "$dir/measured.csv" | cut -d , -f 6-7 | tr '\n' ' ' >"$dir/order"
has "$dir/order" 'leat,1 go,1 leat,2 go,2 leat,3 go,3 leat,4 go,4 leat,5 go,5 leat,6 go,6 '
"$python" bench/peers/report.py "$dir/measured.csv" >"$dir/measured.html"
has "$dir/measured.html" abacus '>timeout<' '>0.50<'
! measure --works nonsense || { echo 'a cell that is not there is measured'; exit 1; }
! measure --repeat 4 || { echo 'a median of 4'; exit 1; }
for wrong in '--target 0' '--target -1' '--target nan' '--target inf' '--limit 0' '--repeat x'; do
	! measure --works spsc/1 $wrong || { echo "$wrong is accepted"; exit 1; }
	checks=$((checks + 1))
done

rm -r "$dir/build"
echo 'exec sleep 1000' | peer peers/go
measure --works seq --limit 0.1
has "$dir/measured.csv" seq,all,1,8,all,go,,,,,,hung '# model: unknown' '# two busy threads, before: not measured'

# ---------------------------------------------------------------------------------------------------- the textbook

warnings='-pedantic -Wall -Wextra -Wshadow -Wconversion -Werror'
$CC -std=c11 $warnings -O1 -pthread bench/peers/textbook.c -o "$dir/textbook"
for shape in seq spsc mpsc spmc mpmc pingpong chain4 go; do
	for capacity in 0 1 128 all; do
		[ $shape != seq ] || capacity=all
		"$dir/textbook" $shape --cap $capacity --messages 256 --threads 4 --size 64 >>"$dir/printed"
	done
done
[ "$(grep -c '^[a-z0-9]*,[0-9]*,4,64,256,[0-9.]*$' "$dir/printed")" -eq 32 ] || { cat "$dir/printed"; exit 1; }
status=0
"$dir/textbook" select_rx --cap 1 --messages 4 --threads 4 2>/dev/null || status=$?
[ $status -eq 3 ] || { echo "a shape that it does not have: status $status"; exit 1; }

for wrong in '--messages x' '--messages 64x' '--messages -64' '--messages 0' '--messages 64 --threads 0' \
	'--messages 64 --cap -5' '--messages 64 --cap 99999999999999999999'; do
	status=0
	"$dir/textbook" spsc $wrong >"$dir/said" 2>&1 || status=$?
	[ $status -eq 2 ] || { echo "textbook spsc $wrong: status $status"; exit 1; }
	checks=$((checks + 1))
done

if command -v gofmt >/dev/null; then
	unformatted=$(gofmt -l bench/peers/go)
	[ -z "$unformatted" ] || { echo "not as gofmt has it: $unformatted"; exit 1; }
fi
echo "$checks checks"
