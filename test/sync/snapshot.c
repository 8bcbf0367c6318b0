/* SPDX-License-Identifier: 0BSD
 *
 * snapshot.c - a version that was read is whole, was current when it was read, and stays until it is let go, whatever
 * others read and write. Each version is released once: when another one replaces it, or else by the last reader,
 * before its let_go returns. The order in which readers let go does not matter, nor does their number. Updates lose
 * nothing, neither other updates nor versions that are published between them. An update that returns NULL, or leaves
 * by pthread_exit, changes nothing. A snapshot without a release function may publish the same versions again and
 * again.
 */
#include "../test.h"

/* All fields of a version are equal. So a reader notices a torn version, and one that was released. */
struct version { long number; long copies[7]; };

static atomic_long alive; /* versions that have not been released */
static atomic_int released[4096];

static struct version *new_version(long number)
{
	struct version *new = malloc(sizeof *new);

	check(new);
	new->number = number;
	for (int i = 0; i < 7; i++)
		new->copies[i] = number;
	atomic_fetch_add(&alive, 1);
	return new;
}

static void release_version(void *value)
{
	struct version *old = value;

	if (old->number >= 0 && old->number < 4096)
		atomic_fetch_add(&released[old->number], 1);
	memset(old, -1, sizeof *old);
	free(old);
	atomic_fetch_sub(&alive, 1);
}

static long number_of(const void *value)
{
	const struct version *version = value;

	for (int i = 0; i < 7; i++)
		check(version->copies[i] == version->number);
	return version->number;
}

static int was_released(long number)
{
	int times = atomic_load(&released[number]);

	check(times <= 1);
	return times;
}

static leat_snapshot *begin_snapshot(void)
{
	leat_snapshot *new = leat_snapshot_make(new_version(0), release_version);

	check(new);
	for (int i = 0; i < 4096; i++)
		atomic_store(&released[i], 0);
	return new;
}

static void end_snapshot(leat_snapshot *snapshot)
{
	check(atomic_load(&alive) == 1);
	leat_snapshot_drop(snapshot);
	check(atomic_load(&alive) == 0);
}

/* ------------------------------------------------------------------------------------------ in one thread -- */

static void read_what_is_current(void)
{
	leat_snapshot *snapshot = begin_snapshot();
	leat_reading reading;

	for (long i = 0; i < 100; i++) {
		check(number_of(leat_snapshot_read(snapshot, &reading)) == i);
		leat_snapshot_let_go(&reading);
		check(!was_released(i));
		leat_snapshot_publish(snapshot, new_version(i + 1));
		check(was_released(i));
	}
	end_snapshot(snapshot);
}

static void nothing_given(void)
{
	leat_snapshot_drop(NULL);
	for (int i = 0; i < 2; i++) {
		leat_snapshot *snapshot = leat_snapshot_make(NULL, i ? release_version : NULL);
		leat_reading reading;

		check(snapshot);
		check(!leat_snapshot_read(snapshot, &reading));
		leat_snapshot_publish(snapshot, NULL);
		leat_snapshot_let_go(&reading);
		leat_snapshot_let_go(&reading); /* a second let_go does nothing */
		leat_snapshot_drop(snapshot);
	}
}

/* There is no release function, so two versions can take turns for ever. */
static void what_nobody_releases(void)
{
	static const int one = 1, two = 2;
	const int *both[] = { &one, &two };
	leat_snapshot *snapshot = leat_snapshot_make((void *)(uintptr_t)&one, NULL);
	leat_reading reading;

	check(snapshot);
	for (int i = 0; i < 1000; i++) {
		check(leat_snapshot_read(snapshot, &reading) == both[i % 2]);
		leat_snapshot_publish(snapshot, (void *)(uintptr_t)both[(i + 1) % 2]);
		leat_snapshot_let_go(&reading);
	}
	leat_snapshot_drop(snapshot);
}

/* Publishing the current version again does not release it. */
static void publish_the_same(void)
{
	leat_snapshot *snapshot = begin_snapshot();
	leat_reading reading;
	const void *value = leat_snapshot_read(snapshot, &reading);

	leat_snapshot_publish(snapshot, (void *)(uintptr_t)value);
	leat_snapshot_let_go(&reading);
	leat_snapshot_publish(snapshot, (void *)(uintptr_t)value);
	check(!was_released(0));
	end_snapshot(snapshot);
}

/* After the first let_go, another reading may have the same slot. The second let_go must not touch it. */
static void let_go_twice(void)
{
	leat_snapshot *snapshot = begin_snapshot();
	leat_reading reading, other;

	(void)leat_snapshot_read(snapshot, &reading);
	leat_snapshot_let_go(&reading);
	(void)leat_snapshot_read(snapshot, &other);
	leat_snapshot_let_go(&reading);
	leat_snapshot_publish(snapshot, new_version(1));
	check(!was_released(0));
	leat_snapshot_let_go(&other);
	check(was_released(0));
	end_snapshot(snapshot);
}

/* Make n readings, `each` of every version, and let them go in a random order. A version is released with its last
 * reading, not earlier and not later. There are more readings than slots, and more versions with readings than
 * slots. */
static void let_go_of(int n, int each, unsigned seed)
{
	leat_snapshot *snapshot = begin_snapshot();
	leat_reading *readings = malloc((size_t)n * sizeof *readings);
	int *order = malloc((size_t)n * sizeof *order), *left = malloc((size_t)n * sizeof *left);

	check(readings && order && left);
	for (int i = 0; i < n; i++) {
		int j = (int)random_below(&seed, (unsigned)i + 1);

		order[i] = order[j];
		order[j] = i;
		left[i] = each;
		check(number_of(leat_snapshot_read(snapshot, &readings[i])) == i / each);
		if ((i + 1) % each == 0)
			leat_snapshot_publish(snapshot, new_version((i + 1) / each));
	}
	check(atomic_load(&alive) == 1 + n / each);
	for (int i = 0; i < n; i++) {
		int version = order[i] / each;

		check(!was_released(version));
		leat_snapshot_let_go(&readings[order[i]]);
		check(was_released(version) == (--left[version] == 0));
		if (random_below(&seed, 3) == 0) { /* slots become free again */
			leat_reading now;

			check(number_of(leat_snapshot_read(snapshot, &now)) == n / each);
			leat_snapshot_let_go(&now);
		}
	}
	free(readings);
	free(order);
	free(left);
	end_snapshot(snapshot);
}

static void released_by_the_last_reader(void)
{
	for (unsigned seed = 1; seed <= 20; seed++) {
		let_go_of(6, 2, seed);
		let_go_of(60, 1, seed);
		let_go_of(60, 20, seed);
		let_go_of(64, 1, seed);
		let_go_of(65, 1, seed);
		let_go_of(300, 1, seed);
		let_go_of(300, 3, seed);
		let_go_of(300, 100, seed);
	}
}

/* The release function runs with no lock held, so it may read and publish. */
static leat_snapshot *chained;

static void release_and_publish(void *value)
{
	struct version *old = value;
	leat_reading reading;

	check(number_of(leat_snapshot_read(chained, &reading)) >= old->number);
	leat_snapshot_let_go(&reading);
	if (old->number < 20)
		leat_snapshot_publish(chained, new_version(old->number + 2));
	release_version(old);
}

static void release_may_publish(void)
{
	leat_reading reading;

	chained = leat_snapshot_make(new_version(0), release_and_publish);
	check(chained);
	leat_snapshot_publish(chained, new_version(1));
	check(number_of(leat_snapshot_read(chained, &reading)) == 21);
	leat_snapshot_let_go(&reading);
	check(atomic_load(&alive) == 1);
	leat_snapshot_drop(chained);
	check(atomic_load(&alive) == 0);
}

/* ---------------------------------------------------------------------------------------- readers and writers -- */

struct race { leat_snapshot *snapshot; atomic_int arrived; int parties, rounds, held; };

/* The numbers of the versions never fall. Some readings are kept for a while, and let go in another order than that in
 * which they were made. */
static void read_on(void *arg)
{
	struct race *race = arg;
	leat_reading readings[40];
	long last = 0;

	meet(&race->arrived, race->parties);
	for (int i = 0; i < race->rounds; i++) {
		const void *values[40];

		for (int j = 0; j < race->held; j++) {
			values[j] = leat_snapshot_read(race->snapshot, &readings[j]);
			check(number_of(values[j]) >= last);
			last = number_of(values[j]);
		}
		for (int j = 0; j < race->held; j++) {
			int other = (j * 7 + 3) % race->held;

			(void)number_of(values[other]);
			leat_snapshot_let_go(&readings[other]);
		}
	}
}

static void publish_on(void *arg)
{
	struct race *race = arg;

	meet(&race->arrived, race->parties);
	for (int i = 0; i < race->rounds; i++)
		leat_snapshot_publish(race->snapshot, new_version(i + 1));
}

static void *one_more(void *arg, const void *value)
{
	(void)arg;
	return new_version(number_of(value) + 1);
}

static void update_on(void *arg)
{
	struct race *race = arg;

	meet(&race->arrived, race->parties);
	for (int i = 0; i < race->rounds; i++)
		check(leat_snapshot_update(race->snapshot, one_more, NULL) == 1);
}

/* Run readers and writers at once. Returns the number of the last version. */
static long race(int readers, int held, void (*write)(void *), int writers, int rounds)
{
	struct race all = { .parties = readers + writers, .rounds = rounds, .held = held };
	background threads[16];
	leat_reading reading;
	long number;

	all.snapshot = begin_snapshot();
	for (int i = 0; i < readers + writers; i++)
		begin(&threads[i], i < readers ? read_on : write, &all);
	for (int i = 0; i < readers + writers; i++)
		must_return(&threads[i]);
	number = number_of(leat_snapshot_read(all.snapshot, &reading));
	leat_snapshot_let_go(&reading);
	end_snapshot(all.snapshot); /* checks that all versions were released */
	return number;
}

static void readers_and_a_writer(void)
{
	check(race(4, 1, publish_on, 1, 3000) == 3000);
	check(race(2, 3, publish_on, 1, 3000) == 3000);
}

static void more_readings_than_slots(void)
{
	check(race(4, 39, publish_on, 1, 500) == 500);
	check(race(1, 39, update_on, 2, 500) == 1000);
}

static void updates_lose_nothing(void)
{
	check(race(0, 0, update_on, 4, 1000) == 4000);
	check(race(2, 1, update_on, 2, 1000) == 2000);
}

/* A store waits until earlier stores have reached memory, but a later load does not. So these stores delay the one by
 * which a reader lets go. Such a reader is caught if it loads the current version before others can see that it has let
 * go. */
static void hold_up_stores(unsigned *state)
{
	static volatile char far_away[1 << 24];

	for (int i = 0; i < 40; i++)
		far_away[random_below(state, sizeof far_away)] = (char)i;
}

/* In each round, some readings begin and end around one publication. After the round, no old version is left, although
 * no other one is published. */
static void read_in_rounds(void *arg)
{
	struct race *race = arg;
	unsigned state = 1;

	for (int i = 0; i < race->rounds; i++) {
		meet(&race->arrived, race->parties);
		for (int j = 0; j < 10; j++) {
			leat_reading reading;

			(void)number_of(leat_snapshot_read(race->snapshot, &reading));
			if (i % 2 == 0 && j % 3 == 0)
				hold_up_stores(&state);
			leat_snapshot_let_go(&reading);
		}
		meet(&race->arrived, race->parties);
	}
}

static void publish_in_rounds(void *arg)
{
	struct race *race = arg;

	for (int i = 0; i < race->rounds; i++) {
		struct version *new = new_version(i + 1);

		meet(&race->arrived, race->parties);
		for (volatile int j = i % 100; j > 0; j--)
			;
		leat_snapshot_publish(race->snapshot, new);
		meet(&race->arrived, race->parties);
		check(atomic_load(&alive) == 1);
	}
}

static void whoever_comes_last_releases(void)
{
	struct race all = { .parties = 2, .rounds = 20000 };
	background reader;

	all.snapshot = begin_snapshot();
	begin(&reader, read_in_rounds, &all);
	publish_in_rounds(&all);
	must_return(&reader);
	end_snapshot(all.snapshot);
}

/* -------------------------------------------------------------------------------------------- turns -- */

static void *no_change(void *arg, const void *value)
{
	(void)arg;
	(void)value;
	return NULL;
}

static void *leave(void *arg, const void *value)
{
	(void)value;
	pthread_exit(arg);
}

static void leave_an_update(void *snapshot)
{
	(void)leat_snapshot_update(snapshot, leave, NULL);
}

static void updates_that_change_nothing(void)
{
	leat_snapshot *snapshot = begin_snapshot();

	check(leat_snapshot_update(snapshot, no_change, NULL) == 0);
	check(!was_released(0));
	check(leat_go(leave_an_update, snapshot) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(!was_released(0));
	check(leat_snapshot_update(snapshot, one_more, NULL) == 1);
	check(was_released(0));
	end_snapshot(snapshot);
}

/* A change that takes long. Readers go on meanwhile, and publishers wait. */
struct slow { leat_snapshot *snapshot; leat_chan begun, go_on; };

static void *change_slowly(void *arg, const void *value)
{
	struct slow *slow = arg;

	check(leat_signal(slow->begun.tx) == 1);
	check(leat_wait(slow->go_on.rx) == 1);
	return number_of(value) ? NULL : new_version(7);
}

static void update_slowly(void *arg)
{
	struct slow *slow = arg;

	check(leat_snapshot_update(slow->snapshot, change_slowly, slow) == 1);
}

static void publish_nine(void *arg)
{
	struct slow *slow = arg;

	leat_snapshot_publish(slow->snapshot, new_version(9));
}

static void an_update_is_not_overtaken(void)
{
	struct slow slow = { begin_snapshot(), leat_make_unit(), leat_make_unit() };
	background updater, publisher;
	leat_reading reading;

	begin(&updater, update_slowly, &slow);
	check(leat_wait(slow.begun.rx) == 1);
	begin(&publisher, publish_nine, &slow);
	must_block(&publisher);
	check(number_of(leat_snapshot_read(slow.snapshot, &reading)) == 0);
	check(leat_signal(slow.go_on.tx) == 1);
	must_return(&updater);
	must_return(&publisher);
	check(was_released(7) && !was_released(0));
	leat_snapshot_let_go(&reading);
	check(was_released(0));
	check(number_of(leat_snapshot_read(slow.snapshot, &reading)) == 9);
	leat_snapshot_let_go(&reading);
	end_snapshot(slow.snapshot);
	leat_drop(slow.begun);
	leat_drop(slow.go_on);
}

int main(int argc, char **argv)
{
	return RUN(read_what_is_current, nothing_given, what_nobody_releases, publish_the_same, let_go_twice,
	           released_by_the_last_reader, release_may_publish, readers_and_a_writer, more_readings_than_slots,
	           updates_lose_nothing, whoever_comes_last_releases, updates_that_change_nothing,
	           an_update_is_not_overtaken);
}
