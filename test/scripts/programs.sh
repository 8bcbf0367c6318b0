#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# programs.sh - the programs of bench/programs compile without a warning, and print what the tools of the shell print
# for the same small inputs. What is compared by `make bench-programs` is recorded as a well-formed page; a program that
# prints something else than leat's fails the run. It needs neither Go nor Rust.
. "$(dirname "$0")/begin"
bin=$dir/bin
warnings='-std=c11 -pedantic -Wall -Wextra -Wshadow -Wconversion -Werror'
libs="$BUILD/libleat.a $(pkg-config --libs jemalloc 2>/dev/null || true) -pthread -lm"
mkdir "$bin"

# same WHAT - $dir/actual and $dir/expected are equal
same() {
	cmp -s "$dir/expected" "$dir/actual" || {
		diff "$dir/expected" "$dir/actual" | head -n 5 | cut -c 1-200
		fail "$1"
	}
	checks=$((checks + 1))
}

# build WORK [LIBRARY] - false if a header that the program needs is missing
build() {
	header=$(sed -n 's/.*Needs \(.*\)\.$/\1/p' "bench/programs/$1.c")
	if [ -n "$header" ] && ! echo "#include <$header>" | $CC -E - >/dev/null 2>&1; then
		echo "skipped: $1, because $header is not installed"
		return 1
	fi
	$CC $warnings -O1 -Iinclude "bench/programs/$1.c" $libs ${2-} -o "$bin/$1" || fail "$1 compiles"
}

# ------------------------------------------------------------------------------------------------- the programs

# Lines that do not end where chunks do, the same words in both cases, and no newline at the end.
awk 'BEGIN { for (i = 0; i < 40000; i++) print "the", "word" (i % 7), "The-" i, substr("abcdefghijklm", 1, i % 13) }' \
	>"$dir/text"
printf 'the end' >>"$dir/text"

build words
tr -cs A-Za-z '\n' <"$dir/text" | sort | uniq -c | sort -k1,1nr -k2,2 | awk 'NR <= 20 { print $1, $2 }' >"$dir/expected"
"$bin/words" "$dir/text" >"$dir/actual"
same 'words counts as sort and uniq do'
! "$bin/words" "$dir/missing" 2>/dev/null || fail 'words without a file fails'

build log
awk 'BEGIN {
	for (i = 0; i < 30000; i++)
		print "2026-01-01T00:00:00Z", "GET", "/a/" i * 7919 % 10007, 100 * (2 + i % 4) + i % 5, i * 31 % 5003, i * 17 % 9001
}' >"$dir/log"
awk '{ class = int($4 / 100); n[class]++; bytes[class] += $5; if (slowest[class] < $6) slowest[class] = $6 }
	END { for (class = 0; class < 10; class++) if (n[class])
		printf "%dxx: %d requests, %d bytes, the slowest took %d us\n", class, n[class], bytes[class], slowest[class]
	}' "$dir/log" >"$dir/expected"
for mode in chunks lines; do
	"$bin/log" $mode "$dir/log" >"$dir/actual"
	same "log $mode adds as awk does"
done

if build tree -lcrypto; then
	mkdir -p "$dir/files/a/b" "$dir/files/c"
	for name in 1 a/2 a/b/3 a/b/4 c/5; do
		cp "$dir/text" "$dir/files/$name"
		echo $name >>"$dir/files/$name"
	done
	: >"$dir/files/empty"
	find "$dir/files" -type f | sort | xargs sha256sum >"$dir/expected"
	"$bin/tree" "$dir/files" >"$dir/actual"
	same 'tree prints what sha256sum prints'
fi

if build gzip -lz; then
	cp "$dir/text" "$dir/expected"
	"$bin/gzip" "$dir/text" | gunzip >"$dir/actual"
	same 'gunzip restores what gzip has packed'
	: >"$dir/empty"
	[ ! -s "$dir/empty" ] && [ -z "$("$bin/gzip" "$dir/empty")" ] || fail 'no blocks, no output'
fi

build events
for mode in 'chain 1024' 'fused 128' 'from 128' 'batch 8'; do
	"$bin/events" $mode >"$dir/actual"
	[ "$mode" != 'chain 1024' ] || cp "$dir/actual" "$dir/expected"
	same "events $mode sums as events chain"
done
grep -q '^2625001 events, ' "$dir/actual" || fail 'seven in eight of the events pass'
! "$bin/events" other 1 2>/dev/null || fail 'there is no other mode'

build waiting
"$bin/waiting" 50 10 1 >"$dir/actual" 2>"$dir/waits"
echo '50 stages have waited' >"$dir/expected"
same 'all stages end'
[ "$(cut -d ' ' -f 1 "$dir/waits")" -ge 50 ] || fail 'each stage has waited at least once'

# ---------------------------------------------------------------------------------------------------- the driver

command -v python3 >/dev/null || { echo 'skipped: the driver, because python3 is not installed'; echo "$checks checks"; exit 0; }
programs=$dir/build/bench/programs
mkdir -p "$programs/leat" "$programs/go" "$programs/tbb"
$CC $warnings -O1 bench/programs/driver/sample.c -o "$programs/sample"

# program PEER/WORK COMMAND - a program that stands for this one
program() {
	printf '#!/bin/sh\n%s\n' "$2" >"$programs/$1"
	chmod +x "$programs/$1"
}

compare() {
	python3 bench/programs/driver/compare.py "$dir/build" "$@" >"$dir/measured.csv" 2>"$dir/table"
}

program leat/words 'echo the words'
program go/words 'sleep 0.02; echo the words'
program tbb/words 'exit 3'
compare --works words || { cat "$dir/table"; fail 'programs that print the same are compared'; }
cut -d , -f 1-3 "$dir/measured.csv" | grep '^words,.*,[0-9]' | tr '\n' ' ' >"$dir/actual"
for i in 1 2 3 4 5 6 7; do
	printf 'words,leat,%s words,go,%s ' $i $i
done >"$dir/expected"
same 'the samples alternate'
grep -q '^| words: .* | Go [0-9.]* |$' "$dir/table" || { cat "$dir/table"; fail 'a row of the table has the ratio'; }
python3 bench/programs/driver/page.py "$dir/measured.csv" >"$dir/page.html"
grep -q '>Go</td>.*' "$dir/page.html" || fail 'the page has the row of Go'
! grep -q 'TBB' "$dir/page.html" || fail 'the page has no program that cannot do the work'

program go/words 'echo others'
! compare --works words || fail 'a mismatch fails the run'
grep -q 'words: Go prints something else than leat' "$dir/table" || fail 'it says which program differs'
program go/words 'exit 7'
compare --works words || fail 'a program that fails is reported'
grep -q 'Go failed: status 7' "$dir/table" || fail 'it says which program fails'
! compare --works words --repeat 6 || fail 'a median of 6'
! compare --works nonsense || fail 'a work that is not there'

if command -v gofmt >/dev/null; then
	unformatted=$(gofmt -l bench/programs/go)
	[ -z "$unformatted" ] || fail "as gofmt has it: $unformatted"
fi
echo "$checks checks"
