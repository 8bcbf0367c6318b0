/* SPDX-License-Identifier: 0BSD
 *
 * traits.c - threads with traits of their own: a name, a stack, a nice value, processors. A trait that the system refuses
 * fails the start, and nothing has run. Traits stay with the threads that were asked to have them.
 */
#define _GNU_SOURCE /* affinity */
#include "../test.h"

#include <limits.h>
#include <sched.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { KIB = 1024 };

/* A sanitizer keeps variables elsewhere, or makes frames larger. */
#ifdef __linux__
enum { TELLS_STACKS = !UNDER_ASAN && !UNDER_TSAN && !UNDER_MSAN };
#else
enum { TELLS_STACKS = 0 };
#endif

static const leat_rx nil;

/* What a function finds. */
struct found {
	char name[16];
	int nice, cpus, first_cpu;
	size_t stack_used;
	const leat_traits *traits;
};

static void look(void *of_found)
{
	struct found *found = of_found;

	found->traits = leat_start_with(NULL);
	found->stack_used = leat_stack_used();
#ifdef __linux__
	cpu_set_t set;

	check(prctl(PR_GET_NAME, found->name, 0, 0, 0) == 0);
	found->nice = getpriority(PRIO_PROCESS, 0);
	check(sched_getaffinity(0, sizeof set, &set) == 0);
	found->cpus = CPU_COUNT(&set);
	while (!CPU_ISSET((size_t)found->first_cpu, &set))
		found->first_cpu++;
#endif
}

/* Start a function with these traits, and return what it found. */
static struct found found_with(const leat_traits *traits)
{
	struct found found = { .name = "" };
	const leat_traits *former = leat_start_with(traits);

	check(leat_go(look, &found) == 1);
	check(leat_start_with(former) == traits);
	check(leat_wait_all(LEAT_NEVER) == 1);
	return found;
}

/* ------------------------------------------------------------------------------------------- each of them -- */

static void a_name(void)
{
	for (int i = 0; i < 5; i++) {
#ifdef __linux__
		check(strcmp(found_with(&(leat_traits){ .name = "index of all books" }).name, "index of all bo") == 0);
		check(strcmp(found_with(&(leat_traits){ .name = "GET /a,b" }).name, "GET /a,b") == 0);
		check(strcmp(found_with(NULL).name, "look") == 0);
#endif
	}
}

static void use_a_mebibyte(void *used)
{
	check(descend(1024) == 1024);
	*(size_t *)used = leat_stack_used();
}

static void a_stack(void)
{
	for (int i = 0; i < 20; i++) {
		const leat_traits large = { .stack = (size_t)4 * KIB * KIB }, *former = leat_start_with(&large);
		size_t used = 0;

		check(!former && leat_go(use_a_mebibyte, &used) == 1);
		check(leat_start_with(NULL) == &large && leat_wait_all(LEAT_NEVER) == 1);
		check(used == 0 || (used >= (size_t)KIB * KIB && used <= (size_t)4 * KIB * KIB + 64 * KIB));
	}
}

static void go_deep(void *of_rx)
{
	check(descend(160) == 160);
	check(leat_wait(*(leat_rx *)of_rx) == 0);
}

static int is_reported(void)
{
	char *text = report_as(LEAT_TEXT);
	int reported = strstr(text, "\nSTACKS") && strstr(text, "  go_deep  1") && strstr(text, " of 256 KiB\n");

	free(text);
	return reported;
}

/* The report lists the thread that has used most of its stack. */
static void reports_say_it(void)
{
	leat_chan gate = leat_make_unit();

	check(leat_go(go_deep, &gate.rx) == 1);
	while (TELLS_STACKS && !is_reported())
		nap(1);
	leat_drop(gate.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(gate.rx);
}

/* Elsewhere than in threads that leat has started, nothing is known. */
static void how_much_stack_is_used(void)
{
	size_t of_new = found_with(&(leat_traits){ .stack = (size_t)512 * KIB }).stack_used;

	check(leat_stack_used() == 0);
	check(of_new <= (size_t)(512 + 64) * KIB);
#ifdef __linux__
	check(of_new > 0);
#endif
}

#ifdef __linux__

static void a_nice_value(void)
{
	int own = getpriority(PRIO_PROCESS, 0);

	for (int i = 0; i < 5; i++) {
		check(found_with(&(leat_traits){ .nice = 3 }).nice == (own + 3 < 19 ? own + 3 : 19));
		check(found_with(NULL).nice == own);
	}
	check(found_with(&(leat_traits){ .nice = INT_MAX }).nice == 19);
}

static void processors(void)
{
	struct found plain = found_with(NULL);

	for (int i = 0; i < 5; i++) {
		struct found found = found_with(&(leat_traits){ .cpus = &plain.first_cpu, .cpu_count = 1 });

		check(found.cpus == 1 && found.first_cpu == plain.first_cpu);
		check(found_with(NULL).cpus == plain.cpus);
	}
}

#else

static void must_not_be_supported(const leat_traits *traits)
{
	const leat_traits *former = leat_start_with(traits);
	struct found found;

	check(leat_go(look, &found) == -1 && errno == ENOTSUP && leat_live() == 0);
	(void)leat_start_with(former);
}

static void a_nice_value(void)
{
	must_not_be_supported(&(leat_traits){ .nice = 1 });
}

static void processors(void)
{
	must_not_be_supported(&(leat_traits){ .cpus = (int[]){ 0 }, .cpu_count = 1 });
}

#endif

/* ----------------------------------------------------------------------------------- which threads have them -- */

/* Without traits, but in a thread that has some. */
static void start_another(void *of_found)
{
	struct found *found = of_found;

	look(&found[0]);
	check(leat_go(look, &found[1]) == 1);
	(void)leat_start_with(&(leat_traits){ .name = "forgotten" }); /* the next function must not come across it */
}

/* The system gives them on. The function finds no traits for the threads that it starts itself. */
static void threads_of_such_threads(void)
{
#ifdef __linux__
	struct found plain = found_with(NULL);

	for (int i = 0; i < 10; i++) {
		const leat_traits traits = { .name = "one", .cpus = &plain.first_cpu, .cpu_count = 1, .nice = 1 };
		struct found found[2] = { { .name = "" } };

		check(!leat_start_with(&traits) && leat_go(start_another, found) == 1 && leat_start_with(NULL) == &traits);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(strcmp(found[0].name, "one") == 0 && strcmp(found[1].name, "look") == 0);
		for (size_t k = 0; k < 2; k++)
			check(found[k].cpus == 1 && found[k].nice > plain.nice && !found[k].traits);
		found[0] = found_with(NULL);
		check(found[0].cpus == plain.cpus && found[0].nice == plain.nice && !found[0].traits);
	}
#endif
}

/* The traits end with their function, which does not take them back. What acts after it must not come across them. */
static pthread_key_t at_end;

static void look_at_end(void *of_found)
{
	struct found *found = of_found;

	found->traits = leat_start_with(NULL);
	check(leat_go(look, &found[1]) == 1);
}

static void release(void *of_found)
{
	look_at_end(*(struct found **)of_found);
}

static void forget_traits(struct found *found)
{
	const leat_traits traits = { .name = "forgotten" };

	check(pthread_setspecific(at_end, found) == 0);
	(void)leat_start_with(&traits);
}

static void forget_and_return(void *found)
{
	forget_traits(found);
}

static void forget_and_leave(void *found)
{
	forget_traits(found);
	pthread_exit(NULL);
}

static void must_have_ended(const struct found found[2])
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_trim();
	check(leat_wait_all(LEAT_NEVER) == 1 && !found[0].traits && !found[1].traits);
#ifdef __linux__
	check(strcmp(found[1].name, "look") == 0);
#endif
}

/* As the release of the argument finds. */
static void forget_in_stage(leat_stage *stage, void *arg)
{
	const leat_traits traits = { .name = "forgotten" };

	(void)stage;
	(void)arg;
	(void)leat_start_with(&traits);
}

/* As a destructor of a key finds. */
static void traits_end_with_the_function(void)
{
	static const leat_traits small = { .stack = (size_t)64 * KIB }; /* the thread ends after the function */
	void (*forget[])(void *) = { forget_and_return, forget_and_leave };

	check(pthread_key_create(&at_end, look_at_end) == 0);
	for (int i = 0; i < 2; i++) {
		struct found found[2] = { { .traits = &small }, { .traits = &small } };

		(void)leat_start_with(&small);
		check(leat_go(forget[i], found) == 1);
		(void)leat_start_with(NULL);
		must_have_ended(found);
	}
	check(pthread_key_delete(at_end) == 0);
}

static void traits_end_with_the_stage(void)
{
	for (int i = 0; i < 2; i++) {
		struct found found[2] = { { .name = "" } }, *arg = found;
		const leat_type type = { .name = "found", .size = sizeof arg, .release = release };

		leat_drop(leat_stage_start(&(leat_plan){
			.type = LEAT_TYPE(int), .body = forget_in_stage, .arg = &arg, .arg_type = &type
		}));
		must_have_ended(found);
	}
}

static int look_in_map(void *arg, const void *in, void *out)
{
	(void)arg;
	(void)in;
	look(memset(out, 0, sizeof(struct found)));
	return 1;
}

/* Each worker of a stage has them. The constructor was called with traits, the source before that. */
static void workers_of_a_stage(void)
{
	struct found plain = found_with(NULL), found;
	leat_rx in = leat_buffer(leat_generator(nil, LEAT_VALUES(int, 1, 2, 3, 4, 5, 6)), capacity);
	const leat_traits traits = { .name = "worker" };

	(void)leat_start_with(&traits);
	in = leat_map_n(nil, in, 3, struct found, look_in_map, NULL);
	check(leat_start_with(NULL) == &traits);
	for (int i = 0; i < 6; i++) {
		check(leat_recv(in, &found) == 1 && found.cpus == plain.cpus);
#ifdef __linux__
		check(strcmp(found.name, "worker") == 0);
#endif
	}
	check(leat_drain(in) == 0 && leat_wait_all(LEAT_NEVER) == 1);
}

static void must_have_none(void *arg)
{
	(void)arg;
	check(!leat_start_with(NULL));
}

static void other_threads_start_without(void)
{
	const leat_traits traits = { .name = "mine" };
	background other;

	(void)leat_start_with(&traits);
	begin(&other, must_have_none, NULL);
	must_return(&other);
	check(leat_start_with(NULL) == &traits);
}

/* --------------------------------------------------------------------------------------------- refused -- */

static atomic_int ran;

static void must_not_run(void *arg)
{
	(void)arg;
	atomic_fetch_add(&ran, 1);
}

/* The start fails with this error, or, if that is 0, may succeed. */
static void must_be_refused(const leat_traits *traits, int error)
{
	int value = 1;
	leat_rx in = leat_generator(nil, LEAT_VALUES(int, 1, 2));

	(void)leat_start_with(traits);
	check(leat_go(must_not_run, NULL) == -1 && errno == error && leat_live() <= 1);
	check(leat_go_copy(must_not_run, &value) == -1 && errno == error);
	in = leat_map_n(nil, in, 2, struct found, look_in_map, NULL);
	check(leat_start_with(NULL) == traits && leat_cause(in) == error && leat_never_started(in));
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&ran) == 0);
	leat_trim(); /* joins the threads that could not have their traits */
}

static void what_the_system_refuses(void)
{
	must_be_refused(&(leat_traits){ .stack = SIZE_MAX }, EINVAL);
#ifdef __linux__
	must_be_refused(&(leat_traits){ .cpus = (int[]){ -1 }, .cpu_count = 1 }, EINVAL);
	must_be_refused(&(leat_traits){ .cpus = (int[]){ 8192 }, .cpu_count = 1 }, EINVAL);
	must_be_refused(&(leat_traits){ .cpus = (int[]){ 0 } }, EINVAL);
	if (geteuid() != 0 && getpriority(PRIO_PROCESS, 0) == 0)
		must_be_refused(&(leat_traits){ .nice = INT_MIN }, EACCES);
#endif
}

/* One of two processors is there. The kernel would give only that one, and not tell. */
static void a_processor_that_is_missing(void)
{
#ifdef __linux__
	int cpus[] = { found_with(NULL).first_cpu, 8191 };

	must_be_refused(&(leat_traits){ .cpus = cpus, .cpu_count = 2 }, EINVAL);
#endif
}

/* ------------------------------------------------------------------------------------- under a fake clock -- */

/* The start waits for the thread. That must not let the clock run. */
static void the_clock_stands_still(void)
{
#ifdef __linux__
	struct found found = { .name = "" };
	leat_time before;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	before = leat_now();
	(void)leat_start_with(&(leat_traits){ .nice = 1 });
	check(leat_go(look, &found) == 1);
	(void)leat_start_with(NULL);
	check(leat_wait_all(LEAT_NEVER) == 1 && leat_now() == before && found.name[0]);
	leat_clock_real();
#endif
}

int main(int argc, char **argv)
{
	return RUN(a_name, a_stack, reports_say_it, how_much_stack_is_used, a_nice_value, processors, threads_of_such_threads,
	           traits_end_with_the_function, traits_end_with_the_stage,
	           workers_of_a_stage, other_threads_start_without, what_the_system_refuses,
	           a_processor_that_is_missing, the_clock_stands_still);
}
