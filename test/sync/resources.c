/* SPDX-License-Identifier: 0BSD
 *
 * resources.c - never more than the agreed number of resources are open. Waiting threads get one in the order in which
 * they came, unless done or the deadline comes first. If an open fails, the caller that asked learns why, and the place
 * goes to the next caller. So does the place of a broken resource. Some resources are opened in advance: all of these
 * at once, or none. The end waits until all resources are back, and closes each one once.
 */
#include "../test.h"

#include <sys/wait.h>

enum { THREADS = 4 };

static const leat_rx nil;

/* A service. It counts what is open, and is told what to do at the next opens. */
static struct {
	atomic_int opened, open, most_open, failures, leaves, arrived;
	int parties;     /* this number of opens wait for each other */
} service;

static int open_thing(void *arg, void **thing)
{
	int now, most = atomic_load(&service.most_open);

	check(arg == &service);
	if (service.parties)
		meet(&service.arrived, service.parties);
	if (atomic_fetch_sub(&service.leaves, 1) > 0)
		pthread_exit(NULL);
	if (atomic_fetch_sub(&service.failures, 1) > 0)
		return -ECONNREFUSED;
	now = atomic_fetch_add(&service.open, 1) + 1;
	while (now > most && !atomic_compare_exchange_weak(&service.most_open, &most, now))
		;
	*thing = calloc(1, sizeof(atomic_int)); /* counts the threads that hold it */
	check(*thing);
	atomic_fetch_add(&service.opened, 1);
	return 0;
}

static void close_thing(void *arg, void *thing)
{
	check(arg == &service && atomic_load((atomic_int *)thing) == 0);
	free(thing);
	check(atomic_fetch_sub(&service.open, 1) > 0);
}

static leat_resources *try_to_make(size_t most, size_t warm, int failures, int parties)
{
	memset(&service, 0, sizeof service);
	atomic_store(&service.failures, failures);
	service.parties = parties;
	return leat_resources_make(&(leat_resources_plan){ most, warm, open_thing, close_thing, &service });
}

static leat_resources *make(size_t most, size_t warm)
{
	leat_resources *made = try_to_make(most, warm, 0, 0);

	check(made && (size_t)atomic_load(&service.open) == warm);
	return made;
}

static void drop(leat_resources *resources)
{
	leat_resources_drop(resources);
	check(atomic_load(&service.open) == 0);
}

static void *get(leat_resources *resources)
{
	void *thing;

	check(leat_resources_get(resources, &thing, nil, LEAT_NEVER) == 1);
	check(atomic_fetch_add((atomic_int *)thing, 1) == 0);
	return thing;
}

static void put(leat_resources *resources, void *thing)
{
	check(atomic_fetch_sub((atomic_int *)thing, 1) == 1);
	leat_resources_put(resources, thing);
}

static void put_broken(leat_resources *resources, void *thing)
{
	check(atomic_fetch_sub((atomic_int *)thing, 1) == 1);
	leat_resources_put_broken(resources, thing);
}

/* A get in the background, with its result. */
typedef struct {
	background behind;
	leat_resources *resources;
	leat_rx done;
	leat_time t;
	void *thing;
	int result, error;
} getter;

static void get_it(void *of_getter)
{
	getter *self = of_getter;

	self->result = leat_resources_get(self->resources, &self->thing, self->done, self->t);
	self->error = errno;
}

/* Returns when the get waits in line. */
static void begin_get(getter *self, leat_resources *resources)
{
	*self = (getter){ .resources = resources, .t = LEAT_NEVER };
	begin(&self->behind, get_it, self);
	must_block(&self->behind);
}

/* ---------------------------------------------------------------------------------------------- lent, returned -- */

static void opened_when_they_are_needed(void)
{
	leat_resources *resources = make(3, 0);
	void *first = get(resources), *second = get(resources);

	check(atomic_load(&service.opened) == 2 && first != second);
	put(resources, first);
	check(get(resources) == first);
	put(resources, second);
	put(resources, first);
	check(get(resources) == first); /* the resource that was opened in advance */
	put(resources, first);
	check(atomic_load(&service.opened) == 2 && atomic_load(&service.open) == 2);
	drop(resources);
}

static void first_come_first_served(void)
{
	leat_resources *resources = make(2, 0);
	void *one = get(resources), *two = get(resources);
	getter getters[3];

	for (int i = 0; i < 3; i++)
		begin_get(&getters[i], resources);
	leat_resources_put(resources, one);
	leat_resources_put(resources, two);
	leat_resources_put(resources, one);
	for (int i = 0; i < 3; i++) {
		must_return(&getters[i].behind);
		check(getters[i].result == 1 && getters[i].thing == (i == 1 ? two : one));
	}
	atomic_store((atomic_int *)one, 0);
	atomic_store((atomic_int *)two, 0);
	leat_resources_put(resources, one);
	leat_resources_put(resources, two);
	check(atomic_load(&service.opened) == 2);
	drop(resources);
}

/* The thread in the middle leaves the line. The one behind it still gets its turn. */
static void who_gives_up_leaves_the_line(void)
{
	leat_resources *resources = make(1, 0);
	leat_chan done = leat_make_unit();
	void *one = get(resources);
	getter first, middle = { .resources = resources, .done = done.rx, .t = LEAT_NEVER }, last;

	begin_get(&first, resources);
	begin(&middle.behind, get_it, &middle);
	must_block(&middle.behind);
	begin_get(&last, resources);
	leat_close(done.tx);
	must_return(&middle.behind);
	check(middle.result == -1 && middle.error == ECANCELED);
	leat_resources_put(resources, one);
	must_return(&first.behind);
	check(first.result == 1 && first.thing == one);
	leat_resources_put(resources, one);
	must_return(&last.behind);
	check(last.result == 1 && last.thing == one);
	put(resources, one);
	drop(resources);
	leat_drop(done);
}

static void deadlines(void)
{
	leat_resources *resources = make(1, 0);
	void *one = get(resources), *other;
	leat_time begun;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	begun = leat_now();
	check(leat_resources_get(resources, &other, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_resources_get(resources, &other, nil, leat_in(LEAT_S(60))) == -1 && errno == ETIMEDOUT);
	check(leat_now() - begun == LEAT_S(60));
	check(leat_resources_get(resources, &other, leat_ended(0), LEAT_NEVER) == -1 && errno == ECANCELED);
	leat_clock_real();
	leat_resources_put(resources, one);
	atomic_store((atomic_int *)one, 0);
	drop(resources);
}

/* done comes first, also if a thing is idle, or may be opened. */
static void done_wins(void)
{
	leat_resources *resources = make(2, 1);
	void *thing = NULL, *one;

	check(leat_resources_get(resources, &thing, leat_ended(0), LEAT_NOW) == -1 && errno == ECANCELED);
	one = get(resources);
	check(leat_resources_get(resources, &thing, leat_ended(0), LEAT_NEVER) == -1 && errno == ECANCELED);
	check(!thing && atomic_load(&service.opened) == 1);
	put(resources, one);
	drop(resources);
}

static void bad_arguments(void)
{
	leat_resources_plan plan = { 1, 0, open_thing, close_thing, &service }, bad[5];
	leat_resources *resources = make(1, 0);
	void *thing;

	for (int i = 0; i < 5; i++)
		bad[i] = plan;
	bad[0].most = 0;
	bad[1].warm = 2;
	bad[2].open = NULL;
	bad[3].close = NULL;
	bad[4].most = SIZE_MAX;
	for (int i = 0; i < 5; i++) {
		errno = 0;
		check(leat_resources_make(&bad[i]) == NULL && errno == EINVAL);
	}
	check(leat_resources_make(NULL) == NULL && errno == EINVAL);
	check(leat_resources_get(NULL, &thing, nil, LEAT_NOW) == -1 && errno == EINVAL);
	check(leat_resources_get(resources, NULL, nil, LEAT_NOW) == -1 && errno == EINVAL);
	leat_resources_drop(NULL);
	drop(resources);
}

/* -------------------------------------------------------------------------------------------- failed, broken -- */

static void a_failed_open_is_told(void)
{
	leat_resources *resources = make(1, 0);
	void *thing;

	atomic_store(&service.failures, 2);
	for (int i = 0; i < 2; i++)
		check(leat_resources_get(resources, &thing, nil, LEAT_NEVER) == -1 && errno == ECONNREFUSED);
	put(resources, get(resources));
	check(atomic_load(&service.opened) == 1);
	drop(resources);
}

/* The place of a broken resource goes to the first thread in line. Its open fails, so the second thread tries. */
static void a_place_goes_down_the_line(void)
{
	leat_resources *resources = make(1, 0);
	void *one = get(resources);
	getter first, second, third;

	begin_get(&first, resources);
	begin_get(&second, resources);
	begin_get(&third, resources);
	atomic_store(&service.failures, 1);
	put_broken(resources, one);
	must_return(&first.behind);
	must_return(&second.behind);
	check(first.result == -1 && first.error == ECONNREFUSED);
	check(second.result == 1 && atomic_load(&service.opened) == 2 && atomic_load(&service.open) == 1);
	must_block(&third.behind);
	leat_resources_put(resources, second.thing);
	must_return(&third.behind);
	check(third.result == 1 && third.thing == second.thing);
	leat_resources_put(resources, third.thing);
	drop(resources);
}

static void a_broken_one_is_closed(void)
{
	leat_resources *resources = make(2, 2);

	put_broken(resources, get(resources));
	check(atomic_load(&service.open) == 1);
	put(resources, get(resources));
	check(atomic_load(&service.opened) == 2); /* the idle one is used before another is opened */
	put_broken(resources, get(resources));
	put(resources, get(resources));
	check(atomic_load(&service.opened) == 3 && atomic_load(&service.open) == 1);
	drop(resources);
}

/* The open leaves by pthread_exit. Its place is free again. */
static void open_may_leave_the_thread(void)
{
	leat_resources *resources = make(1, 0);
	getter gone = { .resources = resources, .t = LEAT_NEVER };

	atomic_store(&service.leaves, 1);
	begin(&gone.behind, get_it, &gone);
	must_return(&gone.behind);
	check(gone.result == 0); /* leat_resources_get did not return */
	put(resources, get(resources));
	drop(resources);
}

static void close_and_leave(void *arg, void *thing)
{
	close_thing(arg, thing);
	pthread_exit(NULL);
}

static void break_one(void *of_resources)
{
	put_broken(of_resources, get(of_resources));
	check(0);
}

static void close_may_leave_the_thread(void)
{
	background behind;
	leat_resources *resources;

	memset(&service, 0, sizeof service);
	resources = leat_resources_make(&(leat_resources_plan){ 1, 0, open_thing, close_and_leave, &service });
	begin(&behind, break_one, resources);
	must_return(&behind);
	leat_resources_drop(resources);
	check(atomic_load(&service.open) == 0 && atomic_load(&service.opened) == 1);
}

/* --------------------------------------------------------------------------------------------------- in advance -- */

static void warmed_at_once(void)
{
	leat_resources *resources = try_to_make(10, 8, 0, 8); /* all eight open at once, because each open waits for the
	                                                       * others */

	check(resources && atomic_load(&service.open) == 8);
	service.parties = 0;
	for (int i = 0; i < 20; i++)
		put(resources, get(resources));
	check(atomic_load(&service.opened) == 8);
	drop(resources);
}

static void warmed_all_or_none(void)
{
	check(try_to_make(8, 8, 1, 8) == NULL && errno == ECONNREFUSED);
	check(atomic_load(&service.opened) == 7 && atomic_load(&service.open) == 0);
	check(try_to_make(8, 8, 8, 0) == NULL && errno == ECONNREFUSED);
	check(atomic_load(&service.opened) == 0);
}

static int open_or_leave(void *arg, void **thing)
{
	if (atomic_fetch_add(&service.arrived, 1) == 1)
		pthread_exit(NULL);
	return open_thing(arg, thing);
}

static void warming_may_leave_the_thread(void)
{
	leat_resources_plan plan = { 4, 4, open_or_leave, close_thing, &service };

	memset(&service, 0, sizeof service);
	check(leat_resources_make(&plan) == NULL && errno == EOWNERDEAD);
	check(atomic_load(&service.opened) == 3 && atomic_load(&service.open) == 0);
}

/* ------------------------------------------------------------------------------------------------------ the end -- */

static void drop_in_background(void *resources)
{
	leat_resources_drop(resources);
}

static void the_end_waits_for_all(void)
{
	leat_resources *resources = make(3, 3);
	void *one = get(resources), *two = get(resources);
	background behind;

	begin(&behind, drop_in_background, resources);
	must_block(&behind);
	put(resources, one);
	must_block(&behind);
	check(atomic_load(&service.open) == 3);
	put_broken(resources, two);
	must_return(&behind);
	check(atomic_load(&service.open) == 0 && atomic_load(&service.opened) == 3);
}

static void end_child(const char *message)
{
	_exit(strstr(message, "test/sync/resources.c:") && strstr(message, "put that had not been got") ? 42 : 1);
}

static void put_too_much(int broken)
{
	leat_resources *resources = make(2, 0);
	void *one = get(resources);

	put(resources, one);
	if (broken)
		leat_resources_put_broken(resources, one);
	else
		leat_resources_put(resources, one);
	_exit(0);
}

static void what_is_not_out_cannot_come_back(void)
{
	for (int broken = 0; broken < 2; broken++) {
		int status;
		pid_t child = fork();

		check(child >= 0);
		if (child == 0) {
			leat_on_panic(end_child);
			put_too_much(broken);
		}
		check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 42);
	}
}

struct putter { leat_resources *resources; void *thing; int broken; };

static atomic_int put_together, refused;

static void put_with_another(void *of_putter)
{
	struct putter *self = of_putter;

	meet(&put_together, 2);
	if (self->broken)
		leat_resources_put_broken(self->resources, self->thing);
	else
		leat_resources_put(self->resources, self->thing);
}

/* The panic ends its thread alone, so that the other one can be watched. No lock is held. */
static void end_thread(const char *message)
{
	check(strstr(message, "put that had not been got"));
	atomic_fetch_add(&refused, 1);
	pthread_exit(NULL);
}

static void two_at_once_cannot_put_one_thing(void)
{
	leat_on_panic(end_thread);
	for (int i = 0; i < 400; i++) {
		leat_resources *resources = make(2, 0);
		struct putter putter = { resources, get(resources), i % 2 };
		background one, two;

		atomic_store((atomic_int *)putter.thing, 0);
		begin(&one, put_with_another, &putter);
		begin(&two, put_with_another, &putter);
		must_return(&one);
		must_return(&two);
		check(atomic_load(&refused) == i + 1);
		drop(resources);
	}
	leat_on_panic(NULL);
}

/* --------------------------------------------------------------------------------------------- all at once -- */

typedef struct { leat_resources *resources; unsigned random; int failed; } user;

static void use(void *of_user)
{
	user *self = of_user;

	for (int i = 0; i < 1000; i++) {
		leat_time soon = leat_in(LEAT_US(random_below(&self->random, 20)));
		leat_time t = random_below(&self->random, 3) ? LEAT_NEVER : soon;
		void *thing;

		if (leat_resources_get(self->resources, &thing, nil, t) < 0) {
			check(errno == ETIMEDOUT || errno == ECONNREFUSED);
			self->failed += errno == ECONNREFUSED;
			continue;
		}
		check(atomic_fetch_add((atomic_int *)thing, 1) == 0);
		if (random_below(&self->random, 10) == 0)
			put_broken(self->resources, thing);
		else
			put(self->resources, thing);
	}
}

static void nobody_has_what_another_has(void)
{
	leat_resources *resources = make(2, 1);
	background threads[THREADS];
	user users[THREADS];
	int failed = 0;

	atomic_store(&service.failures, 50);
	for (unsigned i = 0; i < THREADS; i++) {
		users[i] = (user){ resources, i, 0 };
		begin(&threads[i], use, &users[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		must_return(&threads[i]);
		failed += users[i].failed;
	}
	check(failed == 50 && atomic_load(&service.most_open) <= 2);
	drop(resources);
}

int main(int argc, char **argv)
{
	return RUN(opened_when_they_are_needed, first_come_first_served, who_gives_up_leaves_the_line, deadlines,
	           done_wins, bad_arguments, a_failed_open_is_told, a_place_goes_down_the_line, a_broken_one_is_closed,
	           open_may_leave_the_thread, close_may_leave_the_thread, warmed_at_once, warmed_all_or_none,
	           warming_may_leave_the_thread, the_end_waits_for_all, what_is_not_out_cannot_come_back,
	           two_at_once_cannot_put_one_thing, nobody_has_what_another_has);
}
