#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# guide.sh - the indexes of the book agree with what there is. docs/guide/README.md has all 77 programs. Each names an
# example whose head names the program, or rows of leat-bench, or says why there is neither. docs/examples/README.md has
# each example by subject, with the numbers that its head has, and by chapter. docs/guide/rows.md has all 253 rows, each
# with what stands for it.
. "$(dirname "$0")/begin"
guide=docs/guide/README.md
index=docs/examples/README.md
failed=0

# same TEXT - the lines of $dir/wanted and $dir/found are the same, in any order
same() {
	sort -o "$dir/wanted" "$dir/wanted"
	sort "$dir/found" | diff "$dir/wanted" - || { echo "not so: $1 (< is missing, > is too much)"; failed=1; }
}

# numbers LETTER FORMAT LAST - the numbers from 1 to LAST
numbers() { awk -v format="$1\n" -v last="$2" 'BEGIN { for (i = 1; i <= last; i++) printf format, i }'; }

# The programs of the book: "P46 fig-iterating-over-channel.go NAME" for each example of a program
awk -F ' *[|] *' '/^\| P[0-9][0-9] \|/ { print $2 }' $guide >"$dir/found"
numbers P%02d 77 >"$dir/wanted"
same "$guide has each program once"

awk -F ' *[|] *' '/^\| P[0-9][0-9] \|/ && $5 == "" { print $2 }' $guide >"$dir/found"
: >"$dir/wanted"
same "$guide says for each program what stands for it"

sed -n 's/^| \(P[0-9]*\) |[^|]*| `\([^`]*\)` | \(.*\) |$/\1 \2 \3/p' $guide | while read -r number path cell; do
	echo "$cell" | grep -o '(\.\./examples/[^)]*\.c)' | sed "s|(../examples/|$number ${path##*/} |; s|\.c)||" || true
done >"$dir/found"
for source in docs/examples/*.c docs/examples/*/*.c; do
	[ -e "$source" ] || continue
	name=${source#docs/examples/}
	sed -n 's/^ \* The book: //p' "$source" | grep -o 'P[0-9][0-9], [^ ;,]*' | sed "s|,||; s|\$| ${name%.c}|" || true
done >"$dir/wanted"
same "$guide names the examples whose heads name the program, and no others"

sed -n 's/^| \(P[0-9]*\) |.*`leat-bench \([^`]*\)`.*/\2/p' $guide | tr ' ' '\n' | sort -u >"$dir/wanted"
"$BUILD/bench/leat-bench" --list | awk 'NF { print $1 }' | grep -xF -f "$dir/wanted" >"$dir/found" || true
same "leat-bench has the rows that $guide names"

# The examples: "pipeline.c P28 P29"
for source in docs/examples/*.c docs/examples/*.cpp docs/examples/*/*.c; do
	[ -e "$source" ] || continue
	echo "${source#docs/examples/}" $(sed -n 's/^ \* The book: //p' "$source" | grep -o 'P[0-9][0-9]' | sort)
done >"$dir/wanted"
sed -n 's/^[-|] \[[a-z_]*\](\([^)]*\))\([^:|]*\)[:|].*/\1\2/p' $index | tr -d , | sed 's/ *$//' >"$dir/found"
same "$index has each example by subject, with the programs that its head names"

sed 's/\.[a-z]* *.*//' "$dir/found" >"$dir/wanted"
sed -n '/^## By chapter/,$ { s/^- \*\*.*\*\*://; /^#/d; p; }' $index | tr -d ' ' | tr , '\n' | sed '/^$/d' >"$dir/found"
same "$index has each example in one chapter"

# The rows
awk -F ' *[|] *' '/^\| [0-9]+ \|/ { print $2 }' docs/guide/rows.md >"$dir/found"
numbers %d 253 >"$dir/wanted"
same 'docs/guide/rows.md has each row once'

awk -F ' *[|] *' '/^\| [0-9]+ \|/ && $4 == "" { print $2 }' docs/guide/rows.md >"$dir/found"
: >"$dir/wanted"
same 'docs/guide/rows.md says for each row what stands for it'

[ $failed -eq 0 ] && echo '77 programs, 253 rows'
