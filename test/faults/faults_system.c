/* SPDX-License-Identifier: 0BSD
 *
 * faults_system.c - the system refuses something: file descriptors, thread attributes, thread-specific data, memory for
 * a string. leat reports it, or does without. Also tested: how leat reads what the system says about processors. The
 * program is linked so that these calls come to this file.
 */
#include "faults.h"

#include <stdbool.h>
#include <sys/wait.h>

static const leat_rx nil;
static const char *refused;  /* the name of the call that fails now */
static void (*meanwhile)(void); /* what another thread does during the next pthread_atfork */
static const char *cpu_max;  /* the content of cpu.max; NULL: there is no such file */

static bool is_refused(const char *name)
{
	return refused && strcmp(refused, name) == 0;
}

int __real_pipe(int ends[2]);
int __wrap_pipe(int ends[2]);
char *__real_strdup(const char *string);
char *__wrap_strdup(const char *string);
FILE *__wrap_fopen(const char *name, const char *mode);
int __real_pthread_atfork(void (*before)(void), void (*parent)(void), void (*child)(void));
int __wrap_pthread_atfork(void (*before)(void), void (*parent)(void), void (*child)(void));
int __real_pthread_attr_init(pthread_attr_t *attributes);
int __wrap_pthread_attr_init(pthread_attr_t *attributes);
int __real_pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock);
int __wrap_pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock);
int __real_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);

int __wrap_pipe(int ends[2])
{
	if (!is_refused("pipe"))
		return __real_pipe(ends);
	errno = EMFILE;
	return -1;
}

char *__wrap_strdup(const char *string)
{
	return is_refused("strdup") ? NULL : __real_strdup(string);
}

FILE *__wrap_fopen(const char *name, const char *mode)
{
	FILE *file = cpu_max ? tmpfile() : NULL;

	check(strstr(name, "cpu.max") && *mode == 'r');
	if (file) {
		check(fputs(cpu_max, file) >= 0);
		rewind(file);
	}
	return file;
}

int __wrap_pthread_atfork(void (*before)(void), void (*parent)(void), void (*child)(void))
{
	void (*now)(void) = meanwhile;

	meanwhile = NULL;
	if (now)
		now();
	if (is_refused("pthread_atfork"))
		return -1; /* as musl reports it */
	return __real_pthread_atfork(before, parent, child);
}

int __wrap_pthread_attr_init(pthread_attr_t *attributes)
{
	return is_refused("pthread_attr_init") ? ENOMEM : __real_pthread_attr_init(attributes);
}

int __wrap_pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
	return is_refused("pthread_condattr_setclock") ? EINVAL : __real_pthread_condattr_setclock(attributes, clock);
}

int __wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
	return is_refused("pthread_setspecific") ? ENOMEM : __real_pthread_setspecific(key, value);
}

/* -------------------------------------------------------------------------------------------- once in a process -- */

static void in_child(void (*fn)(void), int expected)
{
	int status;
	pid_t child = fork();

	check(child >= 0);
	if (child == 0) {
		fn();
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == expected);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void start_without_a_fork_handler(void)
{
	refused = "pthread_atfork";
	check(leat_go(nothing, NULL) == -1 && errno == ENOMEM);
	check(leat_cause(leat_repeat(nil, LEAT_VALUES(int, 1))) == ENOMEM && leat_live() == 0);
	leat_trim(); /* nothing was started, and the clock was never fake */
	leat_clock_real();
	refused = "nothing any more";
	check(leat_go(nothing, NULL) == 1 && leat_wait_all(LEAT_NEVER) == 1);
}

static void make_a_pool_without_a_fork_handler(void)
{
	leat_pool *pool;

	refused = "pthread_atfork";
	check(!leat_pool_make(NULL, NULL, NULL) && errno == ENOMEM);
	refused = "nothing any more";
	pool = leat_pool_make(NULL, NULL, NULL);
	check(pool);
	leat_pool_drop(pool);
}

/* The first thread of a process only finds out how large a stack must be. */
static void start_without_the_first_thread(void)
{
	atomic_store(&starts.left, 0);
	check(leat_go(nothing, NULL) == -1 && errno == EAGAIN && leat_live() == 0);
	atomic_store(&starts.left, -1);
	check(leat_go(nothing, NULL) == 1 && leat_wait_all(LEAT_NEVER) == 1);
}

/* Without a handler of its own, the streams of signals could not be used in the child of a later fork. */
static void signals_without_a_fork_handler(void)
{
	leat_rx signals;

	check(leat_go(nothing, NULL) == 1 && leat_wait_all(LEAT_NEVER) == 1);
	refused = "pthread_atfork";
	check(leat_cause(leat_signals(nil, LEAT_SIGNALS(SIGUSR1))) == ENOMEM && leat_live() == 0);
	refused = "nothing any more";
	signals = leat_signals(nil, LEAT_SIGNALS(SIGUSR1));
	check(leat_cause(signals) == 0);
	leat_drop(signals);
}

static void *wait_for_all_again_and_again(void *stop)
{
	while (!atomic_load((atomic_int *)stop))
		check(leat_wait_all(LEAT_NOW) == 1);
	return NULL;
}

static void wait_for_all(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* Nothing has been started, so there is no fork handler yet. A thread forks while another one waits for all started
 * functions. Then the child can wait for them too. */
static void fork_while_another_thread_waits_for_all(void)
{
	atomic_int stop = 0;
	pthread_t other;

	check(pthread_create(&other, NULL, wait_for_all_again_and_again, &stop) == 0);
	for (int i = 0; i < 100; i++)
		in_child(wait_for_all, 0);
	atomic_store(&stop, 1);
	check(pthread_join(other, NULL) == 0);
}

static void catch_a_signal(void)
{
	leat_rx signals;
	int number = 0;

	signals = leat_signals(nil, LEAT_SIGNALS(SIGUSR1));
	check(leat_cause(signals) == 0 && raise(SIGUSR1) == 0);
	check(leat_recv(signals, &number) == 1 && number == SIGUSR1);
	leat_drop(signals);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void fork_and_catch(void)
{
	in_child(catch_a_signal, 0);
}

/* Another thread forks while this one opens the first stream of signals. The child can have such streams too. No thread
 * has been started before the fork, as the thread sanitizer would allow none in the child. */
static void fork_during_the_first_signals(void)
{
	leat_drop(leat_ended(0)); /* the core has its fork handler from now on */
	meanwhile = fork_and_catch;
	catch_a_signal();
	check(!meanwhile);
}

static void expect_panic(const char *message)
{
	_exit(strstr(message, "condition variable") ? 42 : 1);
}

static void sleep_without_a_clock(void)
{
	refused = "pthread_condattr_setclock";
	leat_on_panic(expect_panic);
	leat_sleep(LEAT_S(1));
}

static void what_every_process_needs(void)
{
	in_child(start_without_a_fork_handler, 0);
	in_child(make_a_pool_without_a_fork_handler, 0);
	in_child(start_without_the_first_thread, 0);
	in_child(signals_without_a_fork_handler, 0);
	in_child(sleep_without_a_clock, 42);
	in_child(fork_while_another_thread_waits_for_all, 0);
	in_child(fork_during_the_first_signals, 0);
}

/* ------------------------------------------------------------------------------------------- what may be missing -- */

static void no_descriptors_for_signals(void)
{
	leat_rx signals;

	refused = "pipe";
	signals = leat_signals(nil, LEAT_SIGNALS(SIGUSR1));
	check(leat_never_started(signals) && leat_cause(signals) == EMFILE);
	refused = NULL;
	signals = leat_signals(nil, LEAT_SIGNALS(SIGUSR1));
	check(leat_cause(signals) == 0);
	leat_drop(signals);
}

static void no_thread_attributes(void)
{
	refused = "pthread_attr_init";
	leat_trim(); /* otherwise an idle thread would be used */
	check(leat_go(nothing, NULL) == -1 && errno == ENOMEM);
	check(leat_stack_size((size_t)512 * 1024) == -1 && errno == ENOMEM);
	refused = NULL;
	check(leat_go(nothing, NULL) == 1);
}

static int given_back;

static void give_back(void *arg, void *object)
{
	(void)arg;
	(void)object;
	given_back++;
}

/* A thread without a cache has no place to keep an object that it puts. */
static void no_place_for_a_thread_s_cache(void)
{
	leat_pool *pool = leat_pool_make(NULL, give_back, NULL);
	int one;

	check(pool);
	refused = "pthread_setspecific";
	leat_pool_put(pool, &one);
	check(given_back == 1 && !leat_pool_get(pool));
	refused = NULL;
	leat_pool_put(pool, &one);
	check(given_back == 1 && leat_pool_get(pool) == &one);
	leat_pool_drop(pool);
}

static void no_memory_for_a_string(void)
{
	leat_chan chan = leat_make_of(&leat_string_type, 1);
	char word[] = "word", *copy = NULL;
	leat_rx out[2];

	refused = "strdup";
	check(leat_string_type.copy(&copy, &(char *){ word }) == -ENOMEM && !copy);
	refused = NULL;
	check(leat_string_type.copy(&copy, &(char *){ word }) == 0 && strcmp(copy, word) == 0);
	check(leat_send(chan.tx, &copy) == 1);
	leat_drop(chan.tx);
	refused = "strdup";
	check(leat_tee(nil, chan.rx, out, 2) == 1);
	for (int i = 0; i < 2; i++) {
		check(leat_wait(out[i]) == 0 && leat_cause(out[i]) == ENOMEM);
		leat_drop(out[i]);
	}
	check(leat_wait_all(LEAT_NEVER) == 1);
	refused = NULL;
}

/* These are more cases than leat_stage_select has room for on its stack. */
static void select_among_many(leat_stage *stage, void *arg)
{
	leat_case on[20] = { { 0 } };

	(void)arg;
	atomic_store(&allocations.left, 0);
	check(leat_stage_select(stage, on, 20, LEAT_NOW) == -1 && errno == ENOMEM);
	check(leat_stage_select(stage, on, 20, LEAT_NOW) == -1 && errno == EAGAIN);
	atomic_store(&allocations.left, -1);
}

static void no_memory_for_many_cases(void)
{
	check(leat_drain(leat_stage_start(&(leat_plan){
		.name = "many", .type = LEAT_TYPE(int), .body = select_among_many })) == 0);
}

/* ---------------------------------------------------------------------------------------------------- processors -- */

static size_t cpus_if(const char *text)
{
	cpu_max = text;
	return leat_cpus();
}

static void a_quota_of_processors(void)
{
	size_t all = cpus_if(NULL);

	check(all >= 1);
	check(cpus_if("max 100000\n") == all && cpus_if("") == all && cpus_if("0 100000\n") == all);
	check(cpus_if("100000 0\n") == all && cpus_if("100000\n") == all);
	check(cpus_if("100000 100000\n") == 1 && cpus_if("1 100000\n") == 1);
	check(cpus_if("100001 100000\n") == (all < 2 ? all : 2));
	check(cpus_if("6400000 100000\n") == (all < 64 ? all : 64));
	check(cpus_if("9223372036854775807 1\n") == all);
}

int main(int argc, char **argv)
{
	return RUN(what_every_process_needs, no_descriptors_for_signals, no_thread_attributes,
	           no_place_for_a_thread_s_cache, no_memory_for_a_string, no_memory_for_many_cases,
	           a_quota_of_processors);
}
