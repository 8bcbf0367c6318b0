#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# unload.sh - dlopen and dlclose of a library that uses leat. libleat.so can be loaded later than the program, also by
# Python. It then stays loaded. A plugin that contains leat is unloaded after leat_wait_all and leat_trim. A thread of
# the program that has used a pool of it may end later, and the program may fork.
. "$(dirname "$0")/begin"
lib/single "$dir" map generator drain pool
cat >"$dir/plugin.c" <<'END'
#include <leat.h>
#include <pthread.h>
static leat_pool *pool;
static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}
static void leave(void *arg)
{
	pthread_exit(arg);
}
void run_stages(void);
void run_stages(void)
{
	leat_rx none = { 0 };
	(void)leat_drain(leat_map(none, leat_generator(none, LEAT_VALUES(int, 1, 2, 3)), int, same, NULL));
	(void)leat_go(leave, NULL);
}
void use_pool(void);
void use_pool(void)
{
	static int object;
	pool = leat_pool_make(NULL, NULL, NULL);
	leat_pool_put(pool, &object);
	(void)leat_pool_get(pool);
}
void end(void);
void end(void)
{
	leat_pool_drop(pool);
	pool = NULL;
	(void)leat_wait_all(LEAT_NEVER);
	leat_trim();
}
END
cat >"$dir/host.c" <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static pthread_barrier_t both;
static void (*run_stages)(void), (*use_pool)(void), (*end)(void);
static void must(int so, const char *what)
{
	if (!so) {
		printf("not so: %s\n", what);
		exit(1);
	}
}
static void *work(void *uses_pool)
{
	run_stages();
	if (uses_pool)
		use_pool();
	pthread_barrier_wait(&both);
	pthread_barrier_wait(&both); /* the plugin has been closed meanwhile */
	return NULL;
}
static void look_up(void *plugin)
{
	*(void **)&run_stages = dlsym(plugin, "run_stages");
	*(void **)&use_pool = dlsym(plugin, "use_pool");
	*(void **)&end = dlsym(plugin, "end");
	must(run_stages && use_pool && end, "the plugin has its functions");
}
/* The handlers of fork are gone with the plugin. */
static void fork_once(void)
{
	int status = 1;
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	must(child > 0 && waitpid(child, &status, 0) == child && status == 0, "a child ends");
}
/* host PLUGIN [pool] */
int main(int argc, char **argv)
{
	for (int round = 0; argc > 1 && round < 20; round++) {
		pthread_t thread;
		void *plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
		must(plugin != NULL, plugin ? "" : dlerror());
		look_up(plugin);
		must(pthread_barrier_init(&both, NULL, 2) == 0, "there is a barrier");
		must(pthread_create(&thread, NULL, work, argc > 2 ? argv : NULL) == 0, "there is a thread");
		pthread_barrier_wait(&both);
		end();
		must(dlclose(plugin) == 0, "the plugin can be closed");
		if (strstr(argv[1], "alone")) {
			plugin = dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD);
			must(!plugin, "the plugin is not loaded any more");
		}
		pthread_barrier_wait(&both);
		must(pthread_join(thread, NULL) == 0, "the thread ends");
		fork_once();
	}
	return 0;
}
END

flags='-std=gnu11 -O1 -g -pthread'
$CC $flags -o "$dir/host" "$dir/host.c" -ldl
$CC $flags -fPIC -shared -I"$dir" -o "$dir/alone.so" "$dir/plugin.c" "$dir/leat.c"
$CC $flags -fPIC -shared -I"$dir" -Wl,-z,nodelete -o "$dir/stays.so" "$dir/plugin.c" "$dir/leat.c"
$CC $flags -fPIC -shared -Iinclude -o "$dir/user.so" "$dir/plugin.c" "$BUILD/libleat.so" -Wl,-rpath,"$(cd "$BUILD" && pwd)"

# What libleat.so needs is in each program already, so it can be loaded at any time. An allocator could not be.
! readelf -d "$BUILD/libleat.so" | grep NEEDED | grep -v '\[\(libc\|libm\|libpthread\|libgcc_s\|ld-[^]]*\)\.' ||
	{ echo "libleat.so needs no other libraries"; exit 1; }

# works PLUGIN [pool] - the host ends well.
works() {
	"$dir/host" "$dir/$1" ${2-} || { echo "$1 ${2-}: the host ended with $?"; exit 1; }
}

works alone.so
works alone.so pool
works stays.so pool
works user.so
works user.so pool
if command -v python3 >/dev/null; then
	said=$(python3 -c 'import ctypes, sys
leat = ctypes.CDLL(sys.argv[1])
leat.leat_strerror.restype = ctypes.c_char_p
print(leat.leat_strerror(110).decode(), leat.leat_wait_all(ctypes.c_int64(0)))' "$BUILD/libleat.so")
	[ "$said" = 'deadline exceeded 1' ] || { echo "Python with libleat.so says: $said"; exit 1; }
fi
echo "5 hosts"
