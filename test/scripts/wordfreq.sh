#!/bin/sh
# wordfreq.sh - docs/examples/wordfreq counts the same words as find, tr, sort and uniq, whatever the names of the files
# are, and wherever its chunks are cut. It names each file that it cannot read, needs little memory, and stops on
# SIGINT. CONFIG=asan or CONFIG=tsan runs these builds.
. "$(dirname "$0")/begin"
config=${CONFIG:-release}
wordfreq=$(cd "$BUILD/$config/bin/docs/examples" && pwd)/wordfreq

fail() {
	echo "not so: $1"
	[ ! -e "$dir/errors" ] || sed 's/^/stderr: /' "$dir/errors" | cut -c 1-300
	exit 1
}

# Print all words of the regular files of a tree, one on each line.
words() {
	find "$1" -type f -exec sh -c 'for file do tr -cs A-Za-z "\n" <"$file"; echo; done' sh {} + | grep . || true
}

top() {
	sort | uniq -c | sort -k1,1nr -k2,2 | awk 'NR <= 20 { print $1 " " $2 }'
}

# expect STATUS ARGUMENT... - wordfreq ends with STATUS. Its output goes to $dir/actual and $dir/errors.
expect() {
	wanted=$1
	shift
	status=0
	"$wordfreq" "$@" >"$dir/actual" 2>"$dir/errors" </dev/null || status=$?
	[ $status -eq "$wanted" ] || fail "wordfreq $*: status $wanted (it was $status)"
	checks=$((checks + 1))
}

says() {
	grep -q "$1" "$dir/errors" || fail "stderr has: $1"
}

prints() {
	cmp -s "$1" "$dir/actual" || { diff "$1" "$dir/actual" | cut -c 1-100; fail "$2"; }
}

# expect_same DIR [STATUS] - wordfreq and find with tr count the same.
expect_same() {
	words "$1" >"$dir/words"
	top <"$dir/words" >"$dir/expected"
	for workers in 1 2 4; do
		expect "${2:-0}" -j $workers "$1"
		prints "$dir/expected" "wordfreq -j $workers $1 prints the same as sort and uniq"
		says "^$(find "$1" -type f -exec printf x \; | wc -c) files, .* $(wc -l <"$dir/words") words, "
	done
}

# repeat TEXT TIMES
repeat() {
	awk -v text="$1" -v times="$2" 'BEGIN { while (times-- > 0) printf "%s", text }'
}

# ---- names, contents

tree="$dir/a tree"
mkdir -p "$tree/with space/more" "$tree/-dash" "$dir/outside"
newline='
'
repeat 'outside ' 1000 >"$dir/outside/many"
printf 'the end has no newline' >"$tree/with space/last word"
printf 'newline first' >"$tree/a${newline}b"
printf 'The the THE\nquote' >"$tree/it's \"quoted\" \$(x) *"
printf 'dash' >"$tree/-dash/-n"
printf '\000\377abc\200def\001the\177' >"$tree/with space/more/binary"
: >"$tree/empty"
ln -s "$dir/outside/many" "$tree/link"
ln -s "$dir/outside" "$tree/link to a directory"
ln -s nowhere "$tree/dangling"
mkfifo "$tree/fifo"
expect_same "$tree"
for file in "$tree/with space/last word" "$tree/empty"; do
	expect_same "$file"
done
expect_same "$dir/outside"

# ---- words at the borders of chunks, and longer than chunks

borders=$dir/borders
mkdir "$borders"
repeat 'abcdefghij ' 30000 >"$borders/eleven" # the period divides no chunk
repeat 'abcdefghij' 20000 >"$borders/one word of 200000"
repeat x 65536 >"$borders/chunk"
repeat y 65535 >"$borders/shorter"
repeat z 65537 >"$borders/longer"
(repeat - 65533 && printf abcdef && repeat - 65533 && printf ghijkl) >"$borders/twice"
expect_same "$borders"
mkdir "$dir/exact"
for name in a b c; do
	(repeat - 65531 && printf "w%s" abc) >"$dir/exact/$name" # one byte less than a chunk
done
expect_same "$dir/exact"
mkdir "$dir/at"
for size in 65532 65533 65534 65535 65536 131066 131068 131072; do
	(repeat - $size && printf 'abcdef') >"$dir/at/at"
	expect_same "$dir/at"
	(repeat x $size && printf -- '-%s' abcdef) >"$dir/at/at"
	expect_same "$dir/at"
done
expect_same include
expect_same docs

# ---- what cannot be read

expect 1 "$dir/missing"
says "wordfreq: $dir/missing: No such file"
expect 1 ''
says 'No such file'
[ ! -s "$dir/actual" ] || fail 'nothing is printed without a DIR'
expect 1 "$tree/link"
says 'wordfreq: .*/link: '
for workers in 0 -1 x 1001 ''; do
	expect 2 -j "$workers" "$tree"
	says usage
done
expect 2 "$tree" "$tree"
says usage

# A path that is too long for the system. Even root cannot open it. The other files are counted.
deep=$dir/deep
half=$(name=$(repeat d 250) && repeat "$name/" 9)
mkdir -p "$deep/$half" "$dir/half/$half"
echo unreadable >"$dir/half/${half}file"
mv "$dir/half" "$deep/$half"
printf 'the rest counts the rest\n' >"$deep/rest"
printf '2 rest\n2 the\n1 counts\n' >"$dir/expected"
for workers in 1 2 4; do
	expect 1 -j $workers "$deep"
	prints "$dir/expected" 'the rest counts'
	says "wordfreq: $deep/ddd.*: File name too long"
	says '^1 files, 25 bytes, 5 words, '
done

# A file that can be opened, but not read.
if [ -f /proc/self/mem ] && ! cat /proc/self/mem >/dev/null 2>&1; then
	expect 1 /proc/self/mem
	says 'wordfreq: /proc/self/mem: Input/output error'
	says '^0 files, 0 bytes'
else
	echo 'skipped: there is no file here whose reading fails'
fi
if [ "$(id -u)" -ne 0 ]; then
	chmod 0 "$deep/rest"
	expect 1 "$deep"
	says "wordfreq: $deep/rest: Permission denied"
fi

# An output that cannot be written.
if [ -c /dev/full ]; then
	status=0
	"$wordfreq" "$tree" >/dev/full 2>"$dir/errors" || status=$?
	[ $status -eq 2 ] || fail "status 2 when stdout is full (it was $status)"
	says 'wordfreq: standard output: No space left'
fi

# ---- memory

# sparse FILE BYTES - make a file of zeros that takes no room on the disk.
sparse() {
	dd of="$1" bs=1 count=0 seek="$2" 2>/dev/null
}

# One large file, and many files that take longer to count than to read. Both are much larger than the limit of memory.
mkdir "$dir/large" "$dir/many"
sparse "$dir/large/file" 1073741824
printf 'at the end' >>"$dir/large/file"
repeat 'so many words ' 300000 >"$dir/many/0"
link=1
while [ $link -lt 100 ]; do
	ln "$dir/many/0" "$dir/many/$link"
	link=$((link + 1))
done
if [ "$config" = release ]; then
	for tree in "$dir/large" "$dir/many"; do
		(
			ulimit -v 100000 # KiB
			expect 0 -j 1 "$tree"
		)
	done
	printf '30000000 many\n30000000 so\n30000000 words\n' >"$dir/expected"
	prints "$dir/expected" 'many files are counted'
else
	echo "skipped: the sanitizers' memory cannot be limited"
fi

# ---- SIGINT

# wordfreq would read for hours. SIGINT is ignored at its start, so the signal does nothing before its handler is there.
mkdir "$dir/endless"
sparse "$dir/endless/file" 1099511627776 || sparse "$dir/endless/file" 17179869184
interrupt() {
	until [ -e "$dir/started" ]; do sleep 0.1; done
	while kill -INT "$1" 2>/dev/null; do sleep 0.1; done
}
for workers in 1 2; do
	rm -f "$dir/started"
	sh -c 'trap "" INT; : >"$1"; shift; exec "$@"' sh "$dir/started" "$wordfreq" -j $workers "$dir/endless" \
		>"$dir/actual" 2>"$dir/errors" </dev/null &
	pid=$!
	interrupt $pid &
	interrupter=$!
	status=0
	wait $pid || status=$?
	wait $interrupter
	[ $status -eq 130 ] || fail "status 130 on SIGINT (it was $status)"
	[ ! -s "$dir/actual" ] || fail 'nothing is printed on SIGINT'
	[ ! -s "$dir/errors" ] || fail 'nothing is said on SIGINT'
	checks=$((checks + 1))
done

echo "$checks runs"
