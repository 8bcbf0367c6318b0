#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# symbols.sh - the libraries define no names but ours. The sources do certain things in one place only, or nowhere.
. "$(dirname "$0")/begin"

# only PATTERN FILE WHAT - the file has lines, and each line matches the pattern.
only() {
	[ -s "$2" ] || { echo "$3: found nothing to look at"; exit 1; }
	! grep -v "$1" "$2" || { echo "$3: the names above"; exit 1; }
}

# ------------------------------------------------------------------------------------------------------- names

# Each name of libleat.so has a version, that of the soname.
readelf -d "$BUILD/libleat.so" | sed -n 's/.*SONAME.*\[libleat\.so\.\(.*\)\]/LEAT_\1/p' >"$dir/node"
nm -D --defined-only --with-symbol-versions "$BUILD/libleat.so" | awk '$2 != "A" { print $NF }' >"$dir/versioned"
only "@@$(cat "$dir/node")\$" "$dir/versioned" "$(cat "$dir/node") is the version in lib/leat.map"
sed 's/@@.*//' "$dir/versioned" >"$dir/shared"
only '^leat_[a-z]' "$dir/shared" "libleat.so exports"
nm -g --defined-only "$BUILD/libleat.a" | awk 'NF == 3 { print $3 }' >"$dir/static"
# The probes of <sys/sdt.h> define _.stapsdt.base, which is hidden.
only '^leat_[a-z]\|^leati_[a-z]\|^_\.stapsdt\.base$' "$dir/static" "libleat.a defines"

# The archive and the shared library have the same public names.
grep '^leat_' "$dir/static" | sort >"$dir/public"
sort "$dir/shared" | diff "$dir/public" - || { echo "libleat.a (<) and libleat.so (>) differ"; exit 1; }

# The libraries define each function and variable that the header declares.
printf '#include <leat.h>\n' | $CC -std=c11 -Iinclude -E -P - | grep -v static | tr ';' '\n' |
	sed -n -e 's/.*extern.* \(leat_[a-z_]*_type\)$/\1/p' \
	-e '/typedef/d' -e 's/^[a-z][a-z0-9_ ]*[ *]\(leat_[a-z_]*\)(.*/\1/p' | sort -u >"$dir/declared"
[ "$(wc -l <"$dir/declared")" -gt 60 ] || { echo "the header's declarations were not found"; exit 1; }
comm -23 "$dir/declared" "$dir/public" >"$dir/missing"
[ ! -s "$dir/missing" ] || { cat "$dir/missing"; echo "declared in leat.h, but not in libleat.a"; exit 1; }

# ----------------------------------------------------------------------------------------------------- sources

waits=$(echo $(grep -l 'pthread_cond_[a-z]*wait' lib/*.[ch] lib/insight/*.[ch] patterns/*.c))
[ "$waits" = 'lib/condition.h lib/park.c' ] || { echo "a condition variable is waited on in: $waits"; exit 1; }
! grep -n 'atomic_thread_fence' lib/*.[ch] lib/insight/*.[ch] patterns/*.c || { echo "the thread sanitizer sees no fences"; exit 1; }
echo "$(wc -l <"$dir/public") public names"
