#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# abi.sh - a program that was compiled with another leat.h ends at its first select, and says why. make abi tells the
# changes of libleat.so that break programs from those that do not.
. "$(dirname "$0")/begin"

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
# ------------------------------------------------------------------------------------------------------- make abi

command -v abidw >/dev/null || { echo "$checks checks; make abi is not tested: abigail-tools are not installed"; exit 0; }

# A library of a few files is described as fast as they are compiled.
unset MAKEFLAGS MFLAGS MAKELEVEL LDFLAGS ALLOC BUILD
export CFLAGS='-O0 -g -w'
project=$dir/project
mkdir -p "$project/lib/abi" "$project/patterns" "$project/docs/examples"
cp -R Makefile include "$project"
cp lib/leat.map lib/*.h lib/operation.c "$project/lib"
cp lib/abi/left_out "$project/lib/abi"
cp patterns/mutex.c "$project/patterns"

makes() { make -C "$project" "$@" >"$dir/said" 2>&1; }

! makes abi || fail 'make abi needs a stored description'
grep -q 'make abi-store writes it' "$dir/said" || fail 'make abi says how to get one'
makes abi-store || fail 'make abi-store writes a description'
makes abi || fail 'a library has the ABI that was just stored'
mv "$project" "$dir/stored"

# changed FILE COMMANDS - a copy of the project in which sed has changed this file
changed() {
	rm -rf "$project"
	cp -Rp "$dir/stored" "$project"
	sed -i.old "$2" "$project/$1"
	! cmp -s "$project/$1" "$project/$1.old" || fail "$1 is changed"
	rm "$project/$1.old"
}

breaks() {
	! makes abi || fail "this breaks programs: $*"
	grep -q '^abi: .* breaks programs' "$dir/said" || fail "make abi says so: $*"
	checks=$((checks + 1))
}

is_harmless() {
	makes abi || fail "this breaks no program: $*"
	checks=$((checks + 1))
}

changed lib/operation.c '$a int leat_is_new(leat_rx rx); int leat_is_new(leat_rx rx) { return rx.ch != 0; }'
is_harmless 'a new function'
changed include/leat/stage.h '$i typedef struct { int of; } leat_added; extern const leat_added leat_added_variable;'
printf '#include <leat.h>\nconst leat_added leat_added_variable = { 1 };\n' >"$project/lib/added.c"
is_harmless 'a new type and a variable of it'
changed include/leat/select.h 's/counter_, number_;/& void *added_;/'
breaks 'leat_case is larger'
changed include/leat/select.h 's/^\tint ok;.*/\tlong ok;/'
breaks 'leat_case has another type in it'
changed patterns/mutex.c 's/^void leat_mutex_lock(/void leat_mutex_other(/'
breaks 'a function has gone'
changed include/leat.h 's/LEAT_VERSION "0\.[0-9]*/LEAT_VERSION "0.99/'
breaks 'the soname is another'
echo "$checks checks"
