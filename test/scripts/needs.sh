#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# needs.sh - a pattern needs the core and the files of its group that its second line names (" * Needs limiter.c."), and
# nothing else: a program of just these has no undefined symbol. The table in docs/what-to-use.md names the same files.
. "$(dirname "$0")/begin"
flags='-std=c11 -pedantic -Wall -Wextra -Wshadow -Wconversion -Werror -pthread'
[ -s "$BUILD/single/leat.c" ] || { echo "make single has not been run"; exit 1; }
count=0

echo 'int main(void) { return 0; }' >"$dir/main.c"
cp "$BUILD/single/leat.h" "$dir"
$CC -O1 -std=c11 -pthread -c "$BUILD/single/leat.c" -o "$dir/leat.o"
$CC -c "$dir/main.c" -o "$dir/main.o"
for file in patterns/*.c; do
	$CC $flags -I"$dir" -c "$file" -o "$dir/$(basename "$file" .c).c.o"
done

for file in patterns/*.c; do
	name=$(basename "$file" .c)
	second=$(sed -n 2p "$file")
	case $second in
	' *') needed= ;;
	' * Needs '*.c.) needed=$(echo "$second" | sed 's/^ \* Needs \(.*\)\.$/\1/; s/,//g; s/ and / /') ;;
	*) echo "$file: the second line is neither empty nor \"Needs x.c and y.c.\": $second"; exit 1 ;;
	esac
	for other in $needed; do
		[ -e "patterns/$other" ] && [ "$other" != "$name.c" ] ||
			{ echo "$file needs $other, which is none"; exit 1; }
	done
	objects=$(for object in main leat "$name.c" $needed; do echo "$dir/$object.o"; done)
	$CC -pthread -o "$dir/program" $objects -lm || { echo "$file needs more than its second line says"; exit 1; }
	row="[$name.c](../patterns/$name.c)${needed:+ + $(echo $needed | sed 's/ /, /g')} |"
	grep -qF "$row" docs/what-to-use.md || fail "docs/what-to-use.md has a row with $row"
	count=$((count + 1))
done
echo "$count patterns need what they say"
