#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# reject.sh - no program in test/scripts/reject/ compiles, each because of one line: *.c in C, and *.cc in C++. With
# REPAIRED defined, that line is right, and the program compiles without a warning. The error must not depend on
# -Werror, because users have other flags.
. "$(dirname "$0")/begin"
refused=0

# compiles COMPILER FLAG... FILE - the messages of the compiler go to $dir/said
compiles() {
	with=$1
	shift
	case $with in *++*) with="$with -std=c++17" ;; *) with="$with -std=c11" ;; esac
	$with -pedantic-errors -Iinclude -pthread -c -o "$dir/object" "$@" 2>"$dir/said"
}

fail() {
	echo "$*"
	cat "$dir/said"
	exit 1
}

cat >"$dir/right.c" <<'END'
#include <leat.h>
int main(void) { leat_chan chan = leat_make(int, 1); leat_drop(chan); return 0; }
END
cp "$dir/right.c" "$dir/right.cc"

set -- "$CC"
for other in gcc clang; do
	[ "$(readlink -f "$(command -v "$other")")" = "$(readlink -f "$(command -v "${CC%% *}")")" ] || set -- "$@" "$other"
done
for compiler in "$@" g++ clang++; do
	if ! command -v ${compiler%% *} >/dev/null; then
		echo "$compiler is not installed: left out"
		continue
	fi
	strict="-Wall -Wextra -Wshadow -Wconversion -Werror"
	case $compiler in *++) kind=cc ;; *) kind=c ;; esac
	compiles "$compiler" $strict "$dir/right.$kind" || fail "$compiler: not even a right program compiles"
	for program in test/scripts/reject/*.$kind; do
		compiles "$compiler" $strict -DREPAIRED "$program" || fail "$compiler: $program, not even repaired"
		! compiles "$compiler" "$program" || fail "$compiler: $program compiles"
		line=$(($(sed -n '/^#else/=' "$program") + 1))
		grep -q "$program:$line:" "$dir/said" || fail "$compiler: $program: not line $line"
		refused=$((refused + 1))
	done
done
[ "$refused" -ge 30 ] || { echo "only $refused were tried"; exit 1; }
echo "$refused refused by: $* g++ clang++"
