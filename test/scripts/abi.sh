#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# abi.sh - a program that was compiled with another leat.h ends at its first select, and says why.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
checks=0

fail() {
	echo "not so: $*"
	cat "$dir/said"
	exit 1
}

# ------------------------------------------------------------------------------------------- a changed leat_case

cat >"$dir/program.c" <<'END'
#include <leat.h>
#include <string.h>
static void body(leat_stage *stage, void *arg)
{
	(void)arg;
	(void)leat_stage_select(stage, NULL, 0, LEAT_NOW);
}
int main(int argc, char **argv)
{
	leat_case on[] = { LEAT_READY(leat_ended(0)) };
	const char *call = argc > 1 ? argv[1] : "";

	if (strcmp(call, "leat_select") == 0)
		return leat_select(on, LEAT_NOW);
	if (strcmp(call, "leat_select_n") == 0)
		return leat_select_n(on, 1, LEAT_NOW);
	if (strcmp(call, "leat_select_first") == 0)
		return leat_select_first(on, LEAT_NOW);
	if (strcmp(call, "leat_select_first_n") == 0)
		return leat_select_first_n(on, 1, LEAT_NOW);
	leat_drain(leat_stage_start(&(leat_plan){ .body = body, .type = &leat_string_type }));
	return 0;
}
END
cp -R include "$dir/include"
sed -i.old "s/counter_, number_;/& void *added_;/" "$dir/include/leat/select.h"
! cmp -s "$dir/include/leat/select.h" include/leat/select.h || fail 'the header is changed'

for headers in include "$dir/include"; do
	$CC -std=c11 -I"$headers" -o "$dir/program" "$dir/program.c" "$BUILD/libleat.a" -pthread
	for call in leat_select leat_select_n leat_select_first leat_select_first_n leat_stage_select; do
		status=0
		("$dir/program" $call; exit $?) >"$dir/said" 2>&1 || status=$?
		if [ "$headers" = include ]; then
			[ $status -eq 0 ] || fail "$call works with the header of the library"
		else
			[ $status -eq 134 ] || fail "$call aborts with another header"
			grep -q '^leat: a leat_case has [0-9]* bytes where .*, and [0-9]* in the library, leat [0-9.]*:' \
				"$dir/said" || fail "$call says that the header is another"
		fi
		checks=$((checks + 1))
	done
done
echo "$checks checks"
