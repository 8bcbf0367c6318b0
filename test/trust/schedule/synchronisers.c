/* SPDX-License-Identifier: 0BSD
 *
 * synchronisers.c - the parts of patterns/ that are built on monitors and channels and have no threads of their own.
 * Two to four threads use them at once, in very many orders of their steps.
 *
 *     synchronisers [OPTION...] [SCENARIO...]                (explore.h; the table is at the end)
 *
 * CHECKED, as the headers promise it: A thread that must be alone is alone. Threads in line are served in the order in
 * which they came. No thread waits for ever (schedule.c finds that). A thread that gives up its wait leaves the line,
 * takes nothing, and keeps no other thread waiting. Counts are right, and all memory is freed.
 *
 * THE LINE of a monitor is watched from outside. A waiter lies on the stack of its thread, so its address tells the
 * thread. A thread has come when it is the last of the line. A thread has been woken when it is no longer the first.
 */
#include "explore.h"

#include "leat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALLS = 64, SOON = 10, NOBODY = THREADS };

typedef struct {
	const char *name;
	void (*set_up)(void), (*threads[THREADS])(void), (*end)(void);
} scenario;

static const scenario *run;
static const leat_rx never;

/* Plain memory of the library's users, which a thread reads or writes here (memory_read). */
#define reads(variable) memory_read(&(variable), sizeof(variable))
#define writes(variable) memory_write(&(variable), sizeof(variable))

#define expect(condition) ((condition) ? (void)0 : complain("line %d: not so: %s", __LINE__, #condition))

/* ----------------------------------------------------------------------------------- calls, and the line -- */

/* The times are stamps; 0 means never. A waiter may join the line again, at its front. Then only the last time at which
 * it left counts. */
typedef struct record {
	const char *what;
	struct record *outer;  /* the call inside which this one is made */
	unsigned thread;
	bool in_turn;          /* this call must not overtake others of its kind */
	uint64_t start, came, left, end;
	long result;
	int error;
} record;

static record records[CALLS];
static size_t record_count;
static record *current[THREADS];   /* the call in which each thread is */
static const leat_monitor *line;   /* the monitor whose line is watched, or NULL */
static unsigned first_in_line;

static record *begin_call(const char *what)
{
	static record spare;
	record *of = record_count < CALLS ? &records[record_count++] : &spare;

	if (of == &spare)
		complain("more than %d calls", CALLS);
	*of = (record){ .what = what, .outer = current[schedule_thread()], .thread = schedule_thread(),
	                .start = schedule_stamp() };
	return current[of->thread] = of;
}

static long end_call(long result)
{
	record *of = current[schedule_thread()];

	of->error = errno;
	of->result = result;
	of->end = schedule_stamp();
	current[of->thread] = of->outer;
	return result;
}

/* Make a call and record its result: a call with a result, a call without one, and the same for calls that must be
 * served in the order in which they come. */
#define got(...) (begin_call(#__VA_ARGS__), end_call(__VA_ARGS__))
#define did(...) (begin_call(#__VA_ARGS__), (__VA_ARGS__), (void)end_call(1))
#define got_in_turn(...) (begin_call(#__VA_ARGS__)->in_turn = true, end_call(__VA_ARGS__))
#define did_in_turn(...) (begin_call(#__VA_ARGS__)->in_turn = true, (__VA_ARGS__), (void)end_call(1))

static void note_in_line(const void *turn)
{
	unsigned who = turn ? schedule_owner(turn) : NOBODY;

	if (who == NOBODY || !current[who])
		return;
	if (!current[who]->came)
		current[who]->came = schedule_stamp();
	current[who]->left = 0;
}

static void watch_line(void)
{
	unsigned first;

	if (!line)
		return;
	first = line->first_ ? schedule_owner(line->first_) : NOBODY;
	if (first != first_in_line && first_in_line != NOBODY && current[first_in_line])
		current[first_in_line]->left = schedule_stamp();
	first_in_line = first;
	note_in_line(line->first_);
	note_in_line(line->last_);
}

static bool were_served(const record *a, const record *b)
{
	return a->in_turn && b->in_turn && a->result > 0 && b->result > 0;
}

/* Take two calls that were served. The first one stood in line when the second one came, or began if it did not wait.
 * Then the second call must not have returned before the first one left the line. */
static void expect_in_order(void)
{
	for (const record *a = records; a < records + record_count; a++)
		for (const record *b = records; b < records + record_count; b++)
			if (were_served(a, b) && a->came && a->came < (b->came ? b->came : b->start) &&
			    b->end < a->left)
				complain("thread %u was overtaken by thread %u", a->thread + 1, b->thread + 1);
}

/* Channels with which the threads of some scenarios tell each other something. */
static leat_chan met, done;

static void say_met(void)
{
	(void)leat_close(met.tx); /* 0 if another thread has closed it */
}

static void wait_until_met(void)
{
	expect(got(leat_wait(met.rx)) == 0);
}

static void cancel(void)
{
	expect(got(leat_close(done.tx)) == 1);
}

/* A wait that may have been given up with this error. True if it was not. */
static bool unless(int error, long result)
{
	int why = errno;

	expect(result == 1 || (result == -1 && why == error));
	return result > 0;
}

/* ------------------------------------------------------------------------------------------------- mutex -- */

static leat_mutex mutex;
static unsigned inside, locks;

static void begin_mutex(int mode)
{
	mutex = (leat_mutex)LEAT_MUTEX(LEAT_ADAPTIVE);
	mutex.mode_ = mode;
	inside = locks = 0;
	line = &mutex.monitor_;
}

static void adaptive(void)
{
	begin_mutex(LEAT_ADAPTIVE);
}

static void barging(void)
{
	begin_mutex(LEAT_BARGING);
}

static void handoff(void)
{
	begin_mutex(LEAT_HANDOFF);
}

static void be_inside(void)
{
	writes(inside);
	expect(++inside == 1);
	locks++;
	schedule_step();
	inside--;
}

static void lock(void)
{
	did_in_turn(leat_mutex_lock(&mutex));
	be_inside();
	leat_mutex_unlock(&mutex);
}

static void lock_twice(void)
{
	lock();
	lock();
}

static void lock_soon(void)
{
	if (!unless(ETIMEDOUT, got_in_turn(leat_mutex_lock_by(&mutex, leat_in(SOON)))))
		return;
	be_inside();
	leat_mutex_unlock(&mutex);
}

/* A thread that only tries never stands in line. */
static void try_lock(void)
{
	if (unless(EAGAIN, got_in_turn(leat_mutex_lock_by(&mutex, LEAT_NOW)))) {
		be_inside();
		leat_mutex_unlock(&mutex);
	}
	for (size_t i = 0; i < record_count; i++)
		expect(records[i].thread != schedule_thread() || !records[i].came);
}

/* Hold the mutex for 2 ms. Then the threads that stand in line must go first. */
static void lock_for_long(void)
{
	uint64_t slept;

	did_in_turn(leat_mutex_lock(&mutex));
	slept = schedule_stamp();
	leat_sleep(LEAT_MS(2));
	leat_mutex_unlock(&mutex);
	did_in_turn(leat_mutex_lock(&mutex));
	for (size_t i = 0; i < record_count; i++)
		expect(!records[i].came || records[i].came > slept || records[i].left);
	leat_mutex_unlock(&mutex);
	locks += 2;
}

static void mutex_is_left(void)
{
	expect(leat_mutex_stats_of(&mutex).locks == locks);
	expect(!mutex.monitor_.first_ && !mutex.monitor_.last_);
	expect(leat_mutex_lock_by(&mutex, LEAT_NOW) == 1);
}

static void mutex_was_handed_on(void)
{
	expect_in_order();
	mutex_is_left();
}

/* ----------------------------------------------------------------------------------------------- rwmutex -- */

static leat_rwmutex rwmutex;
static unsigned readers, writers;

static void begin_rwmutex(void)
{
	rwmutex = (leat_rwmutex){ 0 };
	readers = writers = 0;
	line = &rwmutex.monitor_;
}

static void be_reading(void)
{
	reads(writers);
	expect(writers == 0);
	readers++;
	schedule_step();
}

static void end_reading(void)
{
	readers--;
	leat_rwmutex_read_unlock(&rwmutex);
}

static void be_writing(void)
{
	writes(writers);
	expect(readers == 0 && ++writers == 1);
	schedule_step();
	writers--;
	leat_rwmutex_unlock(&rwmutex);
}

static void read(void)
{
	did_in_turn(leat_rwmutex_read_lock(&rwmutex));
	be_reading();
	end_reading();
}

static void write(void)
{
	did_in_turn(leat_rwmutex_lock(&rwmutex));
	be_writing();
}

static void read_soon(void)
{
	if (!unless(ETIMEDOUT, got_in_turn(leat_rwmutex_read_lock_by(&rwmutex, leat_in(SOON)))))
		return;
	be_reading();
	end_reading();
}

static void write_soon(void)
{
	if (unless(ETIMEDOUT, got_in_turn(leat_rwmutex_lock_by(&rwmutex, leat_in(SOON)))))
		be_writing();
}

/* Two readers read at the same time: neither leaves before the other has come. */
static void read_until_met(void)
{
	did_in_turn(leat_rwmutex_read_lock(&rwmutex));
	be_reading();
	wait_until_met();
	end_reading();
}

static void read_and_meet(void)
{
	did_in_turn(leat_rwmutex_read_lock(&rwmutex));
	be_reading();
	say_met();
	end_reading();
}

static void rwmutex_is_left(void)
{
	expect_in_order();
	expect(!rwmutex.monitor_.first_ && !rwmutex.monitor_.last_);
	expect(leat_rwmutex_lock_by(&rwmutex, LEAT_NOW) == 1);
}

/* -------------------------------------------------------------------------------------------------- cond -- */

static leat_cond cond;
static leat_locker locker;
static unsigned items;

static void begin_cond(void)
{
	handoff();
	cond = (leat_cond){ { { 0, 0 }, NULL, NULL } };
	locker = leat_mutex_locker(&mutex);
	items = 0;
	line = &cond.monitor_;
}

static void begin_cond_of_rwmutex(void)
{
	begin_cond();
	begin_rwmutex();
	locker = leat_rwmutex_locker(&rwmutex);
	line = &cond.monitor_;
}

static void take_item(void)
{
	locker.lock(locker.self);
	while (!items)
		expect(got_in_turn(leat_cond_wait(&cond, locker, never, LEAT_NEVER)) == 1);
	writes(items);
	items--;
	locker.unlock(locker.self);
}

/* A thread that gives up takes nothing. A thread that was woken takes nothing here either, and passes the signal on. */
static void look_for_item(leat_rx until, leat_time t, int error)
{
	bool woken = true;

	locker.lock(locker.self);
	while (!items && woken)
		woken = unless(error, got_in_turn(leat_cond_wait(&cond, locker, until, t)));
	locker.unlock(locker.self);
	if (woken)
		leat_cond_signal(&cond);
}

static void look_soon(void)
{
	look_for_item(never, leat_in(SOON), ETIMEDOUT);
}

static void look_unless_done(void)
{
	look_for_item(done.rx, LEAT_NEVER, ECANCELED);
}

static void put_and_signal(void)
{
	locker.lock(locker.self);
	writes(items);
	items++;
	leat_cond_signal(&cond);
	locker.unlock(locker.self);
}

static void put_then_signal(void)
{
	locker.lock(locker.self);
	writes(items);
	items++;
	locker.unlock(locker.self);
	leat_cond_signal(&cond);
}

static void put_two(void)
{
	put_and_signal();
	put_then_signal();
}

static void put_and_broadcast(void)
{
	locker.lock(locker.self);
	writes(items);
	items += 2;
	locker.unlock(locker.self);
	leat_cond_broadcast(&cond);
}

static void items_are_taken(void)
{
	expect_in_order();
	expect(items == 0 && !cond.monitor_.first_);
}

/* --------------------------------------------------------------------------------------------- semaphore -- */

enum { UNITS = 2 };

static leat_semaphore semaphore;
static long units_out;

static void begin_semaphore(void)
{
	semaphore = (leat_semaphore)LEAT_SEMAPHORE(UNITS);
	units_out = 0;
	line = &semaphore.monitor_;
}

static void have_units(long n)
{
	if (n == UNITS)
		writes(units_out); /* this thread is alone */
	else
		reads(units_out);
	units_out += n;
	expect(units_out <= UNITS);
	schedule_step();
}

static void release_units(long n)
{
	units_out -= n;
	leat_semaphore_release(&semaphore, n);
}

static void acquire_by(long n, leat_rx until, leat_time t, int error)
{
	if (!unless(error, got_in_turn(leat_semaphore_acquire(&semaphore, n, until, t))))
		return;
	have_units(n);
	release_units(n);
}

static void acquire_one(void)
{
	acquire_by(1, never, LEAT_NEVER, 0);
}

static void acquire_two(void)
{
	acquire_by(2, never, LEAT_NEVER, 0);
}

static void acquire_one_twice(void)
{
	acquire_one();
	acquire_one();
}

static void acquire_two_soon(void)
{
	acquire_by(2, never, leat_in(SOON), ETIMEDOUT);
}

static void acquire_two_unless_done(void)
{
	acquire_by(2, done.rx, LEAT_NEVER, ECANCELED);
}

static void try_acquire_one(void)
{
	acquire_by(1, never, LEAT_NOW, EAGAIN);
}

static void acquire_until_met(void)
{
	expect(got_in_turn(leat_semaphore_acquire(&semaphore, 1, never, LEAT_NEVER)) == 1);
	have_units(1);
	wait_until_met();
	release_units(1);
}

static void acquire_and_meet(void)
{
	expect(got_in_turn(leat_semaphore_acquire(&semaphore, 1, never, LEAT_NEVER)) == 1);
	have_units(1);
	say_met();
	release_units(1);
}

static void acquire_after_done(void)
{
	expect(got_in_turn(leat_semaphore_acquire(&semaphore, 1, leat_ended(0), LEAT_NEVER)) == -1);
	expect(errno == ECANCELED);
}

static void units_are_back(void)
{
	expect_in_order();
	expect(!semaphore.monitor_.first_ && !semaphore.monitor_.last_);
	expect(leat_semaphore_acquire(&semaphore, UNITS, never, LEAT_NOW) == 1);
}

/* -------------------------------------------------------------------------------------------- wait group -- */

static leat_waitgroup kept_group, *group;
static unsigned undone, rounds;
static char work[THREADS]; /* written by a thread before it is done */

static void begin_group(void)
{
	group = &kept_group;
	*group = (leat_waitgroup){ 0 };
	leat_waitgroup_add(group, 2);
	undone = 2;
	rounds = 0;
}

static void group_done(void)
{
	writes(work[schedule_thread()]);
	undone--;
	did(leat_waitgroup_done(group));
}

/* Threads 0 and 1 are those that are done in the first round. */
static void see_work(void)
{
	reads(work[0]);
	reads(work[1]);
}

static void group_wait(void)
{
	expect(got(leat_waitgroup_wait(group, LEAT_NEVER)) == 1);
	see_work();
	expect(undone == 0 || rounds > 0);
}

static void group_wait_soon(void)
{
	if (!unless(ETIMEDOUT, got(leat_waitgroup_wait(group, leat_in(SOON)))))
		return;
	see_work();
	expect(undone == 0);
}

/* The group is used again. The waits of the first round do not wait for the second round. */
static void group_wait_and_add(void)
{
	group_wait();
	rounds++;
	undone++;
	leat_waitgroup_add(group, 1);
	if (leat_wait_by(met.rx, leat_in(SOON)) < 0)
		expect(errno == ETIMEDOUT);
	group_done();
}

static void group_end(void)
{
	expect(undone == 0 && group->count_ == 0 && !group->monitor_.first_);
}

/* The thread that has waited frees the group. A thread that touches it after that writes into freed memory. */
static void begin_group_to_free(void)
{
	begin_group();
	group = malloc(sizeof *group);
	*group = kept_group;
}

static void group_wait_and_free(void)
{
	group_wait();
	free(group);
}

static void group_is_freed(void)
{
	expect(undone == 0);
}

/* ------------------------------------------------------------------------------------------------- once -- */

enum { ONCES = 3 };

static leat_once onces[ONCES];
static unsigned onces_used, calls[ONCES], ended[ONCES], deadlocks;

static void begin_onces(unsigned count)
{
	memset(onces, 0, sizeof onces);
	memset(calls, 0, sizeof calls);
	memset(ended, 0, sizeof ended);
	onces_used = count;
	deadlocks = 0;
}

static void begin_once(void)
{
	begin_onces(1);
}

static void circle_of_two(void)
{
	begin_onces(2);
}

static void circle_of_three(void)
{
	begin_onces(3);
}

static void once_function(void *arg)
{
	unsigned *mine = arg;

	writes(*mine);
	expect(++*mine == 1);
	schedule_step();
	ended[mine - calls] = 1;
}

/* The function of each once calls the next once, and that of the last calls the first. */
static void once_round(void *arg)
{
	unsigned mine = (unsigned)((unsigned *)arg - calls), next = (mine + 1) % onces_used;

	writes(calls[mine]);
	expect(++calls[mine] == 1);
	if (got(leat_once_do(&onces[next], once_round, &calls[next])) < 0) {
		expect(errno == EDEADLK);
		deadlocks++;
	}
	ended[mine] = 1;
}

/* The same, but the last one calls none. */
static void once_chain(void *arg)
{
	unsigned mine = (unsigned)((unsigned *)arg - calls);

	writes(calls[mine]);
	expect(++calls[mine] == 1);
	if (mine + 1 < onces_used)
		expect(got(leat_once_do(&onces[mine + 1], once_chain, &calls[mine + 1])) >= 0);
	ended[mine] = 1;
}

static void once(void)
{
	expect(got(leat_once_do(&onces[0], once_function, &calls[0])) >= 0);
	reads(calls[0]);
	expect(ended[0]);
}

static void begin_round_at(unsigned i)
{
	expect(got(leat_once_do(&onces[i], once_round, &calls[i])) >= 0);
	reads(calls[i]);
	expect(ended[i]);
}

static void round_at_0(void)
{
	begin_round_at(0);
}

static void round_at_1(void)
{
	begin_round_at(1);
}

static void round_at_2(void)
{
	begin_round_at(2);
}

static void chain_at_0(void)
{
	expect(got(leat_once_do(&onces[0], once_chain, &calls[0])) >= 0);
	reads(calls[0]);
	expect(ended[0]);
}

static void chain_at_1(void)
{
	expect(got(leat_once_do(&onces[1], once_chain, &calls[1])) >= 0);
	reads(calls[1]);
	expect(ended[1]);
}

static void each_once(void)
{
	for (unsigned i = 0; i < onces_used; i++)
		expect(calls[i] == 1 && ended[i]);
	expect(deadlocks == 0);
}

static void one_deadlock(void)
{
	for (unsigned i = 0; i < onces_used; i++)
		expect(calls[i] == 1 && ended[i]);
	expect(deadlocks == 1);
}

/* ------------------------------------------------------------------------------------------------- gauge -- */

static leat_gauge gauge;
static unsigned places, processed;

static void begin_gauge(unsigned n)
{
	gauge = leat_gauge_make(places = n);
	inside = processed = 0;
}

static void gauge_of_one(void)
{
	begin_gauge(1);
}

static void gauge_of_two(void)
{
	begin_gauge(2);
}

static void be_in_gauge(void *arg)
{
	(void)arg;
	if (places == 1)
		writes(inside);
	expect(++inside <= places);
	schedule_step();
	inside--;
	processed++;
}

static void enter_by(leat_rx until, leat_time t, int error)
{
	if (!unless(error, got(leat_gauge_enter(gauge, until, t))))
		return;
	be_in_gauge(NULL);
	leat_gauge_leave(gauge);
}

static void enter(void)
{
	enter_by(never, LEAT_NEVER, 0);
}

static void enter_soon(void)
{
	enter_by(never, leat_in(SOON), ETIMEDOUT);
}

static void enter_unless_done(void)
{
	enter_by(done.rx, LEAT_NEVER, ECANCELED);
}

static void process(void)
{
	(void)unless(EAGAIN, got(leat_gauge_process(gauge, be_in_gauge, NULL)));
}

static void gauge_is_left(void)
{
	expect(processed > 0 && leat_len(gauge.places_) == 0);
	leat_gauge_drop(gauge);
}

/* --------------------------------------------------------------------------------------------- resources -- */

static leat_resources *resources;
static unsigned most, open_now, opened, failing;
static bool lent[CALLS];

static int open_thing(void *arg, void **thing)
{
	(void)arg;
	expect(++open_now <= most);
	schedule_step();
	if (failing) {
		failing--;
		open_now--;
		return -EIO;
	}
	writes(lent[opened]);
	*thing = &lent[opened++];
	return 0;
}

static void close_thing(void *arg, void *thing)
{
	(void)arg;
	writes(*(bool *)thing);
	expect(!*(bool *)thing);
	schedule_step();
	open_now--;
}

static void begin_resources(unsigned n)
{
	most = n;
	open_now = opened = failing = 0;
	memset(lent, 0, sizeof lent);
	resources = leat_resources_make(&(leat_resources_plan){ .most = n, .open = open_thing, .close = close_thing });
	line = (const leat_monitor *)resources; /* the monitor is its first member */
}

static void resource_of_one(void)
{
	begin_resources(1);
}

static void resources_of_two(void)
{
	begin_resources(2);
}

static void first_open_fails(void)
{
	begin_resources(1);
	failing = 1;
}

/* Returns NULL if the get was given up for this reason. */
static bool *get_by(leat_time t, int error)
{
	void *thing = NULL;

	if (!unless(error, got_in_turn(leat_resources_get(resources, &thing, never, t))))
		return NULL;
	writes(*(bool *)thing);
	expect(!*(bool *)thing);
	*(bool *)thing = true;
	schedule_step();
	return thing;
}

static void put(bool *thing)
{
	*thing = false;
	leat_resources_put(resources, thing);
}

static void get_and_put(void)
{
	put(get_by(LEAT_NEVER, 0));
}

static void get_soon(void)
{
	bool *thing = get_by(leat_in(SOON), ETIMEDOUT);

	if (thing)
		put(thing);
}

static void get_and_break(void)
{
	bool *thing = get_by(LEAT_NEVER, 0);

	*thing = false;
	leat_resources_put_broken(resources, thing);
}

static void get_if_it_opens(void)
{
	bool *thing = get_by(LEAT_NEVER, EIO);

	if (thing)
		put(thing);
}

static void get_both_ways(void)
{
	get_and_break();
	get_and_put();
}

static void resources_are_back(void)
{
	expect_in_order();
	expect(open_now <= most && !line->first_ && failing == 0);
	leat_resources_drop(resources);
	expect(open_now == 0);
}

/* One resource has been got before. When all are closed, nobody gets one. */
static bool *got_before;

static void one_is_out(void)
{
	void *thing = NULL;

	begin_resources(2);
	line = NULL;
	expect(leat_resources_get(resources, &thing, never, LEAT_NEVER) == 1);
	got_before = thing;
	*got_before = true;
}

static void put_back(void)
{
	schedule_step();
	put(got_before);
}

static void close_all(void)
{
	did(leat_resources_drop(resources));
	expect(open_now == 0);
}

static void nothing_more(void)
{
	expect(open_now == 0);
}

/* ---------------------------------------------------------------------------------------------- snapshot -- */

typedef struct { unsigned number, readings; bool released; } version;

enum { READINGS = 64 };

static leat_snapshot *snapshot;
static version versions[THREADS * 2 + 1];
static unsigned published;
static leat_reading earlier[READINGS];

static void release_version(void *of)
{
	version *old = of;

	writes(*old);
	expect(!old->released && old->readings == 0);
	old->released = true;
}

/* Read once outside of the schedule, because the first reading of a thread gives it a number. */
static void begin_snapshot(void)
{
	leat_reading reading;

	memset(versions, 0, sizeof versions);
	published = 1;
	snapshot = leat_snapshot_make(&versions[0], release_version);
	(void)leat_snapshot_read(snapshot, &reading);
	leat_snapshot_let_go(&reading);
}

static version *next_version(unsigned number)
{
	version *made = &versions[published++];

	writes(*made);
	made->number = number;
	return made;
}

static void publish_version(void)
{
	did(leat_snapshot_publish(snapshot, next_version(0)));
}

static void read_version(void)
{
	leat_reading reading;
	version *read = (version *)leat_snapshot_read(snapshot, &reading);

	reads(*read);
	read->readings++;
	expect(!read->released);
	schedule_step();
	reads(*read);
	read->readings--;
	leat_snapshot_let_go(&reading);
}

static void expect_current(const version *old)
{
	leat_reading reading;

	expect(leat_snapshot_read(snapshot, &reading) == old);
	leat_snapshot_let_go(&reading);
}

static void *count_up(void *arg, const void *value)
{
	const version *old = value;
	unsigned number = old->number;

	(void)arg;
	reads(*old);
	expect(!old->released);
	schedule_step();
	expect_current(old); /* other threads that publish or update wait */
	return next_version(number + 1);
}

static void *change_nothing(void *arg, const void *value)
{
	(void)arg;
	(void)value;
	schedule_step();
	return NULL;
}

static void update(void)
{
	expect(got(leat_snapshot_update(snapshot, count_up, NULL)) == 1);
}

static void update_nothing(void)
{
	expect(got(leat_snapshot_update(snapshot, change_nothing, NULL)) == 0);
}

static void versions_are_released(void)
{
	unsigned left = 0;

	for (unsigned i = 0; i < published; i++)
		left += !versions[i].released;
	expect(left == 1);
	leat_snapshot_drop(snapshot);
	for (unsigned i = 0; i < published; i++)
		expect(versions[i].released);
}

static void each_update_counts(void)
{
	leat_reading reading;
	const version *read = leat_snapshot_read(snapshot, &reading);

	expect(read->number == published - 1);
	leat_snapshot_let_go(&reading);
	versions_are_released();
}

/* Readings of the first version take all slots, so another reading goes to the list. */
static void slots_are_taken(void)
{
	begin_snapshot();
	for (size_t i = 0; i < READINGS; i++)
		(void)leat_snapshot_read(snapshot, &earlier[i]);
	versions[0].readings = READINGS;
}

static void slots_are_left(void)
{
	for (size_t i = 0; i < READINGS; i++) {
		versions[0].readings--;
		leat_snapshot_let_go(&earlier[i]);
	}
	versions_are_released();
}

/* ----------------------------------------------------------------------------------------------- context -- */

static const char key;
static leat_context *root, *child;
static unsigned cancelled, values;
static char reason; /* written by the thread that cancels the root with EIO */

static void release_value(void *value)
{
	(void)value;
	writes(values);
	values++;
}

static void begin_context(void)
{
	cancelled = values = 0;
	root = leat_context_with_cancel(leat_context_background());
	child = leat_context_with_value(root, &key, &values, release_value);
}

static void begin_deadline(void)
{
	begin_context();
	leat_context_drop(child);
	values = 0;
	child = leat_context_with_deadline(root, leat_in(SOON));
}

static void cancel_for(int cause)
{
	long result;

	if (cause == EIO)
		writes(reason);
	result = got(leat_context_cancel_with(root, cause));
	cancelled += result == 1;
	expect(result == 1 || leat_context_err(root) == ECANCELED);
	expect(leat_context_err(child) != 0);
	if (result == 1)
		expect(leat_context_cause(root) == cause);
}

static void cancel_for_eio(void)
{
	cancel_for(EIO);
}

static void cancel_for_epipe(void)
{
	cancel_for(EPIPE);
}

static void cancel_child(void)
{
	(void)got(leat_context_cancel_with(child, EBUSY));
	expect(leat_context_err(child) != 0);
}

static void wait_for_child(void)
{
	expect(got(leat_wait(leat_context_done(child))) == 0);
	reads(reason); /* written by cancel_for_eio */
	expect(leat_context_err(child) == ECANCELED && leat_context_cause(child) != 0);
}

static void wait_for_child_soon(void)
{
	long result = got(leat_wait_by(leat_context_done(child), leat_in(SOON)));

	expect(result == 0 || errno == ETIMEDOUT);
}

/* The context's answer never changes, whether the cancel or the deadline came first. */
static void wait_for_deadline(void)
{
	int error;

	expect(got(leat_wait(leat_context_done(child))) == 0);
	error = leat_context_err(child);
	expect(error == ETIMEDOUT ? leat_context_cause(child) == ETIMEDOUT : leat_context_cause(child) == EIO);
	schedule_step();
	expect(leat_context_err(child) == error);
	expect(error == ECANCELED || leat_now() >= leat_context_deadline(child));
}

/* The parent of this context may be cancelled, or end, at this moment. The new context ends with it. */
static void make_grandchild(void)
{
	leat_context *made = leat_context_with_cancel(child);

	expect(got(leat_wait(leat_context_done(made))) == 0);
	expect(leat_context_value(made, &key) == &values && values == 0);
	leat_context_drop(made);
}

static void share_child(void)
{
	leat_context *shared_child = leat_context_dup(child);

	reads(values);
	expect(values == 0);
	leat_context_drop(shared_child);
}

static void make_and_drop(void)
{
	leat_context *made = leat_context_with_timeout(root, SOON);

	leat_context_drop(made);
}

static void drop_child(void)
{
	did(leat_context_drop(child));
	child = NULL;
}

static void drop_root(void)
{
	did(leat_context_drop(root));
	root = NULL;
}

/* Pointers of contexts that were dropped meanwhile are NULL. */
static void end_contexts(void)
{
	leat_context_drop(child);
	expect(values <= 1);
	leat_context_drop(root);
}

static void value_is_released(void)
{
	end_contexts();
	expect(values == 1);
}

static void one_has_cancelled(void)
{
	expect(cancelled == 1);
	value_is_released();
}

/* ---------------------------------------------------------------------------------------------- limiters -- */

static leat_token_bucket token_bucket;
static leat_leaky_bucket leaky_bucket;
static leat_sliding_log sliding_log;
static leat_limiter *limiter;
static leat_time begun;
static long burst, granted, waits;

static void begin_limiter(leat_limiter *of, long at_once)
{
	limiter = of;
	burst = at_once;
	begun = leat_now();
	granted = waits = 0;
}

/* Each of the three limiters allows one event every SOON, and no more at once. */
static void begin_token_bucket(void)
{
	expect(leat_token_bucket_init(&token_bucket, leat_every(SOON), 1) == 1);
	begin_limiter(&token_bucket.limiter, 1);
}

static void begin_leaky_bucket(void)
{
	expect(leat_leaky_bucket_init(&leaky_bucket, leat_every(SOON), 1) == 1);
	begin_limiter(&leaky_bucket.limiter, 1);
}

static void begin_sliding_log(void)
{
	expect(leat_sliding_log_init(&sliding_log, 1, SOON) == 1);
	begin_limiter(&sliding_log.limiter, 1);
}

static bool wait_for_limiter(leat_rx until, leat_time t, int error)
{
	waits++;
	if (!unless(error, got(leat_limiter_wait(limiter, 1, until, t))))
		return false;
	expect(++granted <= burst + (leat_now() - begun) / SOON);
	return true;
}

static void one_event(void)
{
	(void)wait_for_limiter(never, LEAT_NEVER, 0);
}

static void one_event_or_full(void)
{
	(void)wait_for_limiter(never, LEAT_NEVER, EAGAIN);
}

static void one_event_soon(void)
{
	(void)wait_for_limiter(never, begun + SOON, ETIMEDOUT);
}

static void one_event_unless_done(void)
{
	(void)wait_for_limiter(done.rx, LEAT_NEVER, ECANCELED);
}

static void all_were_granted(void)
{
	expect(granted == waits);
}

static void two_were_granted(void)
{
	expect(granted == 2);
}

static void at_least_two_were_granted(void)
{
	expect(granted >= 2);
}

/* A thread that gave up has taken nothing. */
static void nothing_is_lost(void)
{
	leat_time when;

	expect(leat_limiter_reserve(limiter, 1, &when) == 1);
	expect(when <= begun + SOON * granted || when <= leat_now());
	leat_limiter_end(limiter);
}

/* Two sets have two members in common, which they name in different orders. */
static leat_limiter_set both, both_backwards;

static void begin_sets(void)
{
	leat_limiter *members[] = { &token_bucket.limiter, &leaky_bucket.limiter, &token_bucket.limiter };

	expect(leat_leaky_bucket_init(&leaky_bucket, leat_every(SOON), 9) == 1);
	begin_token_bucket();
	expect(leat_limiter_set_init(&both, members, 2) == 1);
	expect(leat_limiter_set_init(&both_backwards, members + 1, 2) == 1);
}

static void end_sets(void)
{
	nothing_is_lost();
	leat_limiter_set_end(&both);
	leat_limiter_set_end(&both_backwards);
}

static void wait_for_set(leat_limiter_set *set, leat_rx until, int error)
{
	waits++;
	if (unless(error, got(leat_limiter_wait(&set->limiter, 1, until, LEAT_NEVER))))
		expect(++granted <= burst + (leat_now() - begun) / SOON);
}

static void one_of_both(void)
{
	wait_for_set(&both, never, 0);
}

static void one_of_both_backwards(void)
{
	wait_for_set(&both_backwards, never, 0);
}

static void unless_done_of_both(void)
{
	wait_for_set(&both, done.rx, ECANCELED);
}

static void sliding_log_end(void)
{
	all_were_granted();
	leat_sliding_log_end(&sliding_log);
}

/* --------------------------------------------------------------------------------------------- broadcast -- */

enum { SUBSCRIBERS = 2 };

static leat_broadcast *broadcast;
static leat_rx subscriber[SUBSCRIBERS];
static int received[SUBSCRIBERS][THREADS], copies;
static unsigned received_count[SUBSCRIBERS];
static long had;

static char publications[THREADS]; /* written before the value with this number is published */

static int copy_owned(void *to, const void *from)
{
	*(int *)to = *(const int *)from;
	copies++;
	return 0;
}

static void release_owned(void *value)
{
	(void)value;
	copies--;
}

static void begin_broadcast(size_t room, int when_full, size_t count)
{
	copies = 0;
	had = 0;
	memset(received, 0, sizeof received);
	memset(received_count, 0, sizeof received_count);
	broadcast = leat_broadcast_make_of(&(leat_type){ "owned", sizeof(int), copy_owned, release_owned });
	for (size_t i = 0; i < SUBSCRIBERS; i++)
		subscriber[i] = i < count ? leat_subscribe(broadcast, room, when_full) : never;
}

static void two_subscribers(void)
{
	begin_broadcast(1, LEAT_BLOCK, 2);
}

static void one_subscriber(void)
{
	begin_broadcast(0, LEAT_BLOCK, 1);
}

static void oldest_are_lost(void)
{
	begin_broadcast(1, LEAT_DROP_OLDEST, 1);
}

static void newest_are_lost(void)
{
	begin_broadcast(1, LEAT_DROP_NEWEST, 1);
}

static long publish(int value, leat_rx until, leat_time t)
{
	long have;

	writes(publications[value]);
	have = got(leat_publish(broadcast, &value, until, t));

	if (have > 0)
		had += have;
	return have;
}

static void publish_1(void)
{
	expect(publish(1, never, LEAT_NEVER) >= 0);
}

static void publish_2(void)
{
	expect(publish(2, never, LEAT_NEVER) >= 0);
}

static void publish_3(void)
{
	expect(publish(3, never, LEAT_NEVER) >= 0);
}

static void publish_three(void)
{
	for (int i = 1; i <= 3; i++)
		expect(publish(i, never, LEAT_NOW) >= 0);
}

static void publish_soon(void)
{
	expect(publish(1, never, leat_in(SOON)) >= 0 || errno == ETIMEDOUT);
}

static void publish_unless_done(void)
{
	expect(publish(2, done.rx, LEAT_NEVER) >= 0 || errno == ECANCELED);
}

static void receive(unsigned who, leat_time t)
{
	int value = 0;
	long result = got(leat_recv_by(subscriber[who], &value, t));

	expect(result == 1 || errno == ETIMEDOUT);
	if (result > 0) {
		reads(publications[value]);
		received[who][received_count[who]++] = value;
		release_owned(&value);
	}
}

static void receive_two_at_0(void)
{
	receive(0, LEAT_NEVER);
	receive(0, LEAT_NEVER);
}

static void receive_three(void)
{
	receive_two_at_0();
	receive(0, LEAT_NEVER);
}

static void receive_two_at_1(void)
{
	receive(1, LEAT_NEVER);
	receive(1, LEAT_NEVER);
}

static void receive_soon(void)
{
	receive(0, leat_in(SOON));
}

static void receive_two_soon(void)
{
	receive_soon();
	receive_soon();
}

static void receive_and_leave(void)
{
	receive(0, LEAT_NEVER);
	leat_drop(subscriber[0]);
	subscriber[0] = never;
}

static void leave(void)
{
	leat_drop(subscriber[1]);
	subscriber[1] = never;
}

static void come_and_leave(void)
{
	leat_drop(leat_subscribe(broadcast, 0, LEAT_BLOCK));
}

/* Receive the queued values, and then the end, because nobody publishes any more. */
static void receive_rest(unsigned who)
{
	for (int value; leat_recv(subscriber[who], &value) > 0; release_owned(&value))
		received[who][received_count[who]++] = value;
}

static void end_broadcast(void)
{
	leat_broadcast_drop(broadcast);
	for (unsigned i = 0; i < SUBSCRIBERS; i++) {
		if (!leat_is_nil(subscriber[i]))
			receive_rest(i);
		leat_drop(subscriber[i]);
	}
	expect(copies == 0);
}

static void each_has_counted(void)
{
	end_broadcast();
	expect(had == (long)received_count[0] + received_count[1]);
}

static void all_in_one_order(void)
{
	each_has_counted();
	expect(had == 4 && memcmp(received[0], received[1], sizeof received[0]) == 0);
	expect(received[0][0] + received[0][1] == 3);
}

static void newest_is_there(void)
{
	end_broadcast();
	expect(had == 3 && received[0][received_count[0] - 1] == 3);
	for (unsigned i = 1; i < received_count[0]; i++)
		expect(received[0][i - 1] < received[0][i]);
}

/* -------------------------------------------------------------------------------------------------- follow -- */

/* `made` follows `outer`, and `inner` follows `made`. A thread that sees one of them over may read what another thread
 * wrote before it closed `outer`. */
static leat_chan outer, made, inner;
static leat_follower_ *of_outer, *of_made;
static int told;

static void begin_following(leat_chan followed)
{
	outer = followed;
	made = leat_make_follower_(outer.rx, &of_outer);
	inner = leat_make_follower_(made.rx, &of_made);
}

static void follow_channel(void)
{
	begin_following(leat_make_unit());
}

static void follow_timer(void)
{
	begin_following(leat_make_until(leat_in(1000), EDOM));
}

static void close_outer(void)
{
	(void)leat_close_with(outer.tx, EIO); /* 0: it was due before */
}

static void write_and_close(void)
{
	writes(told);
	close_outer();
}

static void close_made(void)
{
	(void)leat_close_with(made.tx, EPIPE); /* 0: it is over */
}

static void wait_for_inner(void)
{
	expect(leat_wait(inner.rx) == 0);
	expect(leat_cause(inner) == EIO || leat_cause(inner) == EPIPE || leat_cause(inner) == EDOM);
}

static void wait_and_read(void)
{
	wait_for_inner();
	reads(told);
}

static void wait_and_unfollow(void)
{
	wait_for_inner();
	leat_unfollow_(of_outer);
	of_outer = NULL;
}

static void unfollow(void)
{
	leat_unfollow_(of_outer);
	of_outer = NULL;
}

static void move_outer(void)
{
	(void)leat_reset(outer.rx, leat_in(500)); /* 0: it is over */
}

static void following_is_over(void)
{
	leat_unfollow_(of_outer);
	leat_unfollow_(of_made);
	leat_drop(inner);
	leat_drop(made);
	leat_drop(outer.rx);
	expect(leat_wait_gone(outer.tx, LEAT_NOW) == 1);
	leat_drop(outer.tx);
}

/* --------------------------------------------------------------------------------------------- the table -- */

static const scenario scenarios[] = {
	{ "follow: closed, waited for", follow_channel, { write_and_close, wait_and_read }, following_is_over },
	{ "follow: closed, ended after the wait", follow_channel, { close_outer, wait_and_unfollow },
	  following_is_over },
	{ "follow: closed and ended at once", follow_channel, { close_outer, unfollow }, following_is_over },
	{ "follow: both are closed", follow_channel, { close_outer, wait_for_inner, close_made }, following_is_over },
	{ "follow: both are closed, ended at once", follow_channel, { close_outer, unfollow, close_made },
	  following_is_over },
	{ "follow: a timer, waited for", follow_timer, { close_outer, wait_for_inner }, following_is_over },
	{ "follow: a timer, moved", follow_timer, { move_outer, wait_for_inner }, following_is_over },
	{ "follow: a timer, moved and closed", follow_timer, { move_outer, wait_for_inner, close_outer },
	  following_is_over },
	{ "follow: a timer, moved by two", follow_timer, { move_outer, wait_and_unfollow, move_outer },
	  following_is_over },
	{ "follow: a timer, moved and ended", follow_timer, { move_outer, unfollow, close_outer },
	  following_is_over },

	{ "mutex, barging: three", barging, { lock, lock, lock }, mutex_is_left },
	{ "mutex, hand-off: three", handoff, { lock, lock, lock }, mutex_was_handed_on },
	{ "mutex, adaptive: three", adaptive, { lock, lock, lock }, mutex_is_left },
	{ "mutex, barging: each twice", barging, { lock_twice, lock_twice }, mutex_is_left },
	{ "mutex, hand-off: each twice", handoff, { lock_twice, lock_twice, lock }, mutex_was_handed_on },
	{ "mutex, barging: one gives up", barging, { lock, lock, lock_soon }, mutex_is_left },
	{ "mutex, hand-off: one gives up", handoff, { lock, lock, lock_soon }, mutex_was_handed_on },
	{ "mutex, adaptive: two give up", adaptive, { lock, lock_soon, lock_soon }, mutex_is_left },
	{ "mutex, adaptive: handed on after a millisecond", adaptive, { lock_for_long, lock, lock },
	  mutex_is_left },
	{ "mutex, hand-off: tried", handoff, { lock, try_lock, lock }, mutex_was_handed_on },
	{ "mutex, barging: tried", barging, { lock_twice, try_lock, lock_soon }, mutex_is_left },

	{ "rwmutex: two readers, a writer", begin_rwmutex, { read, read, write }, rwmutex_is_left },
	{ "rwmutex: a reader, two writers", begin_rwmutex, { read, write, write }, rwmutex_is_left },
	{ "rwmutex: two of each", begin_rwmutex, { read, write, read, write }, rwmutex_is_left },
	{ "rwmutex: a writer gives up", begin_rwmutex, { read, write_soon, read }, rwmutex_is_left },
	{ "rwmutex: a reader behind a writer who gives up", begin_rwmutex, { read_until_met, write_soon,
	  read_and_meet },
	  rwmutex_is_left },
	{ "rwmutex: all give up but a writer", begin_rwmutex, { write, read_soon, write_soon },
	  rwmutex_is_left },

	{ "cond: signalled inside", begin_cond, { take_item, put_and_signal }, items_are_taken },
	{ "cond: signalled outside", begin_cond, { take_item, put_then_signal }, items_are_taken },
	{ "cond: who waits longest", begin_cond, { take_item, take_item, put_two }, items_are_taken },
	{ "cond: all", begin_cond, { take_item, take_item, put_and_broadcast }, items_are_taken },
	{ "cond: one gives up", begin_cond, { take_item, look_soon, put_and_signal }, items_are_taken },
	{ "cond: one gives up, signalled outside", begin_cond, { take_item, look_soon, put_then_signal },
	  items_are_taken },
	{ "cond: one is done", begin_cond, { take_item, look_unless_done, put_and_signal, cancel },
	  items_are_taken },
	{ "cond: of a rwmutex", begin_cond_of_rwmutex, { take_item, look_soon, put_then_signal },
	  items_are_taken },

	{ "semaphore: one, two, one", begin_semaphore, { acquire_one, acquire_two, acquire_one },
	  units_are_back },
	{ "semaphore: small ones again and again", begin_semaphore, { acquire_one_twice, acquire_two,
	  acquire_one_twice },
	  units_are_back },
	{ "semaphore: the large one gives up", begin_semaphore, { acquire_one, acquire_two_soon, acquire_one },
	  units_are_back },
	{ "semaphore: behind one who gives up", begin_semaphore,
	  { acquire_until_met, acquire_two_soon, acquire_and_meet }, units_are_back },
	{ "semaphore: behind one who is done", begin_semaphore,
	  { acquire_until_met, acquire_two_unless_done, acquire_and_meet, cancel }, units_are_back },
	{ "semaphore: tried", begin_semaphore, { acquire_two, try_acquire_one, acquire_two }, units_are_back },
	{ "semaphore: done wins", begin_semaphore, { acquire_after_done, acquire_two, acquire_one },
	  units_are_back },

	{ "wait group: two", begin_group, { group_done, group_done, group_wait }, group_end },
	{ "wait group: two wait", begin_group, { group_done, group_done, group_wait, group_wait }, group_end },
	{ "wait group: one gives up", begin_group, { group_done, group_done, group_wait_soon, group_wait },
	  group_end },
	{ "wait group: freed by who has waited", begin_group_to_free, { group_done, group_done,
	  group_wait_and_free },
	  group_is_freed },
	{ "wait group: used again", begin_group, { group_done, group_done, group_wait_and_add, group_wait },
	  group_end },

	{ "once: three", begin_once, { once, once, once }, each_once },
	{ "once: a circle of two", circle_of_two, { round_at_0, round_at_1 }, one_deadlock },
	{ "once: a circle of two, and a third", circle_of_two, { round_at_0, round_at_1, round_at_0 },
	  one_deadlock },
	{ "once: a circle of three", circle_of_three, { round_at_0, round_at_1, round_at_2 }, one_deadlock },
	{ "once: a chain", circle_of_three, { chain_at_0, chain_at_1, chain_at_0 }, each_once },

	{ "gauge: one place", gauge_of_one, { enter, enter, enter }, gauge_is_left },
	{ "gauge: two places", gauge_of_two, { enter, enter, enter }, gauge_is_left },
	{ "gauge: given up", gauge_of_one, { enter, enter_soon, enter_unless_done, cancel }, gauge_is_left },
	{ "gauge: refused", gauge_of_one, { process, process, enter }, gauge_is_left },

	{ "resources: one", resource_of_one, { get_and_put, get_and_put, get_and_put }, resources_are_back },
	{ "resources: two", resources_of_two, { get_and_put, get_and_put, get_and_put }, resources_are_back },
	{ "resources: broken", resource_of_one, { get_both_ways, get_and_put, get_and_break },
	  resources_are_back },
	{ "resources: given up", resource_of_one, { get_and_put, get_soon, get_and_put }, resources_are_back },
	{ "resources: one does not open", first_open_fails, { get_if_it_opens, get_if_it_opens,
	  get_if_it_opens },
	  resources_are_back },
	{ "resources: closed when all are back", one_is_out, { put_back, close_all }, nothing_more },

	{ "snapshot: read and replaced", begin_snapshot, { read_version, publish_version },
	  versions_are_released },
	{ "snapshot: two read", begin_snapshot, { read_version, read_version, publish_version },
	  versions_are_released },
	{ "snapshot: replaced twice", begin_snapshot, { read_version, publish_version, publish_version },
	  versions_are_released },
	{ "snapshot: each update counts", begin_snapshot, { update, update, read_version },
	  each_update_counts },
	{ "snapshot: an update keeps others waiting", begin_snapshot, { update, publish_version, publish_version },
	  versions_are_released },
	{ "snapshot: an update of nothing", begin_snapshot, { update_nothing, update, publish_version },
	  versions_are_released },
	{ "snapshot: on the list", slots_are_taken, { read_version, publish_version, read_version },
	  slots_are_left },

	{ "context: one cancels", begin_context, { cancel_for_eio, cancel_for_epipe }, one_has_cancelled },
	{ "context: who waits is told", begin_context, { cancel_for_eio, wait_for_child, wait_for_child_soon },
	  one_has_cancelled },
	{ "context: a child of one that is cancelled", begin_context, { cancel_for_eio, make_grandchild },
	  one_has_cancelled },
	{ "context: a child of a child that is cancelled", begin_context, { cancel_for_eio, make_grandchild,
	  cancel_child },
	  one_has_cancelled },
	{ "context: a child comes and goes", begin_context, { make_and_drop, make_and_drop, cancel_child },
	  value_is_released },
	{ "context: shared", begin_context, { share_child, cancel_for_eio, share_child }, one_has_cancelled },
	{ "context: parent and child dropped", begin_context, { drop_child, drop_root }, value_is_released },
	{ "context: a deadline and a cancel", begin_deadline, { wait_for_deadline, cancel_for_eio,
	  wait_for_deadline },
	  end_contexts },

	{ "token bucket: three wait", begin_token_bucket, { one_event, one_event, one_event },
	  all_were_granted },
	{ "token bucket: one is too late", begin_token_bucket, { one_event_soon, one_event_soon,
	  one_event_soon },
	  two_were_granted },
	{ "token bucket: one is done", begin_token_bucket, { one_event, one_event_unless_done, one_event,
	  cancel },
	  nothing_is_lost },
	{ "token bucket: all but one are done", begin_token_bucket, { one_event_unless_done, one_event_unless_done,
	  one_event, cancel },
	  nothing_is_lost },
	{ "token bucket: one is alone, and done", begin_token_bucket, { one_event, one_event_unless_done, cancel },
	  nothing_is_lost },
	{ "limiter set: two share a member", begin_sets, { one_of_both, one_of_both_backwards, one_event },
	  end_sets },
	{ "limiter set: one is done", begin_sets, { one_of_both, unless_done_of_both, one_event, cancel },
	  end_sets },
	{ "leaky bucket: one is refused", begin_leaky_bucket, { one_event_or_full, one_event_or_full,
	  one_event_or_full },
	  at_least_two_were_granted },
	{ "sliding log: three wait", begin_sliding_log, { one_event, one_event, one_event }, sliding_log_end },

	{ "broadcast: one order for all", two_subscribers, { publish_1, publish_2, receive_two_at_0,
	  receive_two_at_1 },
	  all_in_one_order },
	{ "broadcast: three take turns", one_subscriber, { publish_1, publish_2, publish_3, receive_three },
	  each_has_counted },
	{ "broadcast: one leaves", two_subscribers, { publish_1, publish_2, receive_two_at_0, leave },
	  end_broadcast },
	{ "broadcast: one comes and goes", one_subscriber, { publish_1, receive_and_leave, come_and_leave },
	  end_broadcast },
	{ "broadcast: given up", one_subscriber, { publish_soon, receive_soon }, each_has_counted },
	{ "broadcast: a turn given up", one_subscriber, { publish_1, publish_unless_done, receive_and_leave,
	  cancel },
	  each_has_counted },
	{ "broadcast: the oldest is lost", oldest_are_lost, { publish_three, receive_two_soon },
	  newest_is_there },
	{ "broadcast: the newest is lost", newest_are_lost, { publish_three, receive_two_soon },
	  each_has_counted },
};

/* ------------------------------------------------------------------------------------------ one schedule -- */

static void thread_calls(unsigned thread)
{
	run->threads[thread]();
}

static bool run_schedule(const chooser *by)
{
	unsigned threads = 0;

	while (threads < THREADS && run->threads[threads])
		threads++;
	record_count = 0;
	memset(current, 0, sizeof current);
	line = NULL;
	first_in_line = NOBODY;
	schedule_begin(by);
	met = leat_make_unit();
	done = leat_make_unit();
	run->set_up();
	if (schedule_run(thread_calls, threads, watch_line)) {
		run->end();
		leat_drop(met);
		leat_drop(done);
	}
	return schedule_end();
}

static void print_records(void)
{
	for (const record *each = records; each < records + record_count; each++) {
		printf("  thread %u  %s  %ju to %ju", each->thread + 1, each->what, (uintmax_t)each->start,
		       (uintmax_t)each->end);
		if (each->came)
			printf(" (in line %ju to %ju)", (uintmax_t)each->came, (uintmax_t)each->left);
		if (!each->end)
			printf(": has not returned\n");
		else
			printf(": %ld%s%s\n", each->result, each->result < 0 ? ", " : "",
			       each->result < 0 ? strerror(each->error) : "");
	}
}

static const char *nth_scenario(size_t i)
{
	return i < sizeof scenarios / sizeof *scenarios ? scenarios[i].name : NULL;
}

static void choose_scenario(const char *name)
{
	size_t i = 0;

	while (nth_scenario(i) && strcmp(nth_scenario(i), name) != 0)
		i++;
	if (!nth_scenario(i))
		explore_refuse("no such scenario", name);
	run = &scenarios[i];
}

int main(int argc, char **argv)
{
	const exploration program = { "synchronisers", nth_scenario, choose_scenario, run_schedule, print_records };

	return explore(&program, argc, argv);
}
