#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# malloc.sh - leat allocates by the malloc of the program that it is in: one of the program's own, or jemalloc if the
# program is linked with it. A program that is linked statically works too.
. "$(dirname "$0")/begin"

cat >"$dir/program.c" <<'END'
#include <leat.h>
#include <stdio.h>
#ifdef OWN
#include <stdlib.h>
static _Atomic size_t used;
static _Alignas(64) char heap[1 << 22];
static void *take(size_t alignment, size_t size)
{
	size_t at = (used += size + alignment) - size;
	return at + size > sizeof heap ? NULL : &heap[at - at % alignment];
}
void *malloc(size_t size) { return take(16, size); }
void *calloc(size_t count, size_t size) { return take(16, count * size); }
void free(void *memory) { (void)memory; }
int posix_memalign(void **memory, size_t alignment, size_t size)
{
	*memory = take(alignment, size);
	return *memory ? 0 : ENOMEM;
}
static int came(void) { return used > 0; }
#elif defined JEMALLOC
int mallctl(const char *name, void *value, size_t *size, void *new_value, size_t new_size);
static int came(void)
{
	unsigned long long bytes;
	size_t size = sizeof bytes;
	return mallctl("thread.allocated", &bytes, &size, NULL, 0) == 0 && bytes > 0;
}
#else
static int came(void) { return 1; }
#endif

static int twice(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = 2 * *(const int *)in;
	return 1;
}
int main(void)
{
	leat_rx done = LEAT_NIL;
	leat_rx numbers = leat_map(done, leat_generator(done, LEAT_VALUES(int, 1, 2, 3)), int, twice, NULL);
	int asked = came(), sum = 0;
	for (int n; leat_recv(numbers, &n) > 0;)
		sum += n;
	leat_drop(numbers);
	return asked && sum == 12 ? 0 : 1;
}
END

flags='-std=c11 -O1 -pthread -Iinclude'

# works WORDS COMMAND... - the command ends with status 0.
works() {
	words=$1
	shift
	"$@" || fail "$words"
	checks=$((checks + 1))
}

# can_link OPTION... - a program can be linked with these.
can_link() { echo 'int main(void) { return 0; }' | $CC -x c -o "$dir/empty" - "$@" 2>/dev/null; }

for library in libleat.a libleat.so; do
	$CC $flags -DOWN -o "$dir/own" "$dir/program.c" "$BUILD/$library" -Wl,-rpath,"$(cd "$BUILD" && pwd)"
	works "$library asks the malloc of the program" "$dir/own"
	can_link -ljemalloc || { echo 'skipped: jemalloc is not installed'; continue; }
	$CC $flags -DJEMALLOC -o "$dir/linked" "$dir/program.c" "$BUILD/$library" -Wl,-rpath,"$(cd "$BUILD" && pwd)" -ljemalloc
	works "$library asks jemalloc, if the program is linked with it" "$dir/linked"
done
if can_link -static -pthread; then
	$CC $flags -static -o "$dir/static" "$dir/program.c" "$BUILD/libleat.a"
	works 'a program without shared libraries works' "$dir/static"
fi
echo "$checks programs"
