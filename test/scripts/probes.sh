#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# probes.sh - where <sys/sdt.h> is installed, the library has the probes of lib/probes.h, with their arguments. No
# other place has a probe. Each compiler builds them without a warning.
. "$(dirname "$0")/begin"
flags='-std=c11 -pedantic -Wall -Wextra -Wshadow -Wconversion -Werror -pthread -Iinclude -O2'

command -v readelf >/dev/null || { echo "readelf is not installed: skipped"; exit 0; }
echo '#include <sys/sdt.h>' >"$dir/header.c"
$CC -E "$dir/header.c" >/dev/null 2>&1 || { echo "<sys/sdt.h> is not installed: skipped"; exit 0; }

# probes COMPILER [OPTION...] - the probes of the files that may have some: file, name, number of arguments.
probes() {
	for file in $(grep -l '"insight/trace.h"\|probes.h"' lib/*.c); do
		"$@" $flags -c "$file" -o "$dir/object.o" || exit 1
		readelf -n "$dir/object.o" | awk -v file="${file##*/}" '
			/^ *Provider:/ { leat = $2 == "leat" }
			/^ *Name:/ { name = $2 }
			/^ *Arguments:/ && leat { print file, name, NF - 1 }'
	done | sort -u
}

cat >"$dir/expected" <<'EOF'
channel.c close 3
park.c wait_begin 3
park.c wait_end 3
park.c wake 3
registry.c stage_end 3
registry.c stage_start 3
EOF
for compiler in "$CC" clang; do
	command -v "${compiler%% *}" >/dev/null || continue
	probes $compiler >"$dir/probes"
	diff "$dir/expected" "$dir/probes" || { echo "$compiler: the library (>) has other probes"; exit 1; }
done
probes $CC -DLEAT_SCHEDULE >"$dir/probes"
[ ! -s "$dir/probes" ] || { echo "there are probes under LEAT_SCHEDULE"; exit 1; }
echo "$(wc -l <"$dir/expected") probes"
