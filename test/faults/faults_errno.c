/* SPDX-License-Identifier: 0BSD
 *
 * faults_errno.c - a call that returns -1 leaves its own errno, whatever it still does before it returns: it waits for
 * a lock, wakes another thread or frees memory. Here all that it calls for this changes errno. Another thread takes the
 * lock of each object again and again, so that the calls have to wait for it.
 */
#include "faults.h"
#include "../../lib/internal.h"

enum { ROUNDS = 60, SPOILED = 9999 };

static const leat_rx nil;

/* ------------------------------------------------------------------------------------- what changes errno -- */

#define SPOILS(name, parameters, arguments) \
	int __real_##name parameters; \
	int __wrap_##name parameters; \
	int __wrap_##name parameters \
	{ \
		int result = __real_##name arguments; \
		errno = SPOILED; \
		return result; \
	}

static atomic_long yields, naps; /* how often all threads did so */

SPOILS(pthread_mutex_lock, (pthread_mutex_t *mutex), (mutex))
SPOILS(pthread_mutex_unlock, (pthread_mutex_t *mutex), (mutex))
SPOILS(pthread_cond_signal, (pthread_cond_t *cond), (cond))
SPOILS(pthread_setcancelstate, (int state, int *former), (state, former))

int __real_sched_yield(void);
int __wrap_sched_yield(void);
int __real_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
void __real_free(void *memory);
void __wrap_free(void *memory);

int __wrap_sched_yield(void)
{
	atomic_fetch_add(&yields, 1);
	(void)__real_sched_yield();
	errno = SPOILED;
	return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	int result = __real_nanosleep(time, left);

	atomic_fetch_add(&naps, 1);
	errno = SPOILED;
	return result;
}

void __wrap_free(void *memory)
{
	__real_free(memory);
	errno = SPOILED;
}

/* ----------------------------------------------------------------------------------- taking the locks -- */

typedef struct { leati_lock *lock; atomic_int stop; background behind; } contender;

static void take_again_and_again(void *of_contender)
{
	contender *self = of_contender;

	while (!atomic_load(&self->stop)) {
		leati_acquire(self->lock);
		nap(1);
		leati_release(self->lock);
		__real_nanosleep(&(struct timespec){ 0, 100000 }, NULL);
	}
}

static void begin_contention(contender *self, leati_lock *lock)
{
	self->lock = lock;
	atomic_init(&self->stop, 0);
	begin(&self->behind, take_again_and_again, self);
}

static void end_contention(contender *self)
{
	atomic_store(&self->stop, 1);
	must_return(&self->behind);
}

/* ------------------------------------------------------------------------------------------------- calls -- */

static leat_time soon(void)
{
	return leat_in(LEAT_US(200));
}

#define must_give(error, call) \
	do { \
		errno = 0; \
		check((call) == -1 && errno == (error)); \
	} while (0)

static void channels(void)
{
	leat_chan chan = leat_make(int, 1), over = leat_make_unit();
	contender other;
	int n = 1;

	leat_drop(over.tx);
	begin_contention(&other, &chan.rx.ch->lock);
	for (int i = 0; i < ROUNDS; i++) {
		leat_case on[] = { LEAT_RECV(chan.rx, &n), LEAT_RECV(nil, &n) };

		must_give(ETIMEDOUT, leat_recv_by(chan.rx, &n, soon()));
		must_give(EAGAIN, leat_recv_by(chan.rx, &n, LEAT_NOW));
		must_give(ECANCELED, leat_recv_or(chan.rx, &n, over.rx));
		must_give(ETIMEDOUT, leat_select(on, soon()));
		must_give(EAGAIN, leat_select(on, LEAT_NOW));
		must_give(ETIMEDOUT, leat_wait_gone(chan.tx, soon()));
		check(leat_send(chan.tx, &n) == 1);
		must_give(ETIMEDOUT, leat_send_by(chan.tx, &n, soon()));
		must_give(ECANCELED, leat_send_or(chan.tx, &n, over.rx));
		check(leat_recv(chan.rx, &n) == 1);
	}
	end_contention(&other);
	leat_drop(chan);
	leat_drop(over.rx);
}

static void semaphores(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(2);
	leat_rx over = leat_ended(0);
	contender other;

	check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NOW) == 1);
	begin_contention(&other, &semaphore.monitor_.lock_);
	for (int i = 0; i < ROUNDS; i++) {
		must_give(ETIMEDOUT, leat_semaphore_acquire(&semaphore, 2, nil, soon()));
		must_give(EAGAIN, leat_semaphore_acquire(&semaphore, 2, nil, LEAT_NOW));
		must_give(ECANCELED, leat_semaphore_acquire(&semaphore, 2, over, LEAT_NEVER));
	}
	end_contention(&other);
	leat_semaphore_release(&semaphore, 1);
}

static struct {
	leat_semaphore semaphore;
	atomic_int gave_up;
} in_line;

static int is_first_in_line(void)
{
	int so;

	leat_monitor_enter(&in_line.semaphore.monitor_);
	so = in_line.semaphore.monitor_.first_ != NULL;
	leat_monitor_leave(&in_line.semaphore.monitor_);
	return so;
}

static void stand_second(void *arg)
{
	(void)arg;
	while (!is_first_in_line() && !atomic_load(&in_line.gave_up))
		__real_sched_yield();
	check(leat_semaphore_acquire(&in_line.semaphore, 1, nil, LEAT_NEVER) == 1);
	leat_semaphore_release(&in_line.semaphore, 1);
}

/* Take the lock of the second one's turn, which begins with its channel. While this thread is inside the monitor, no
 * other thread can wake it, so the turn is still there. NULL if there is no second one. */
static leati_lock *take_lock_of_turn(void)
{
	leat_monitor *monitor = &in_line.semaphore.monitor_;
	leati_lock *lock = NULL;

	leat_monitor_enter(monitor);
	if (monitor->first_ != monitor->last_) {
		lock = &((struct leat_channel *)(void *)monitor->last_)->lock;
		leati_acquire(lock);
	}
	leat_monitor_leave(monitor);
	return lock;
}

/* Hold that lock until the first thread in line, which wants to wake the second one, has yielded for the lock. */
static void hold_turn(void *arg)
{
	leati_lock *lock;
	long before;

	(void)arg;
	while (!(lock = take_lock_of_turn()) && !atomic_load(&in_line.gave_up))
		__real_sched_yield();
	if (!lock)
		return;
	before = atomic_load(&yields);
	while (atomic_load(&yields) < before + 20 && !atomic_load(&in_line.gave_up))
		__real_nanosleep(&(struct timespec){ 0, 100000 }, NULL);
	leati_release(lock);
}

/* The first in line gives up, and wakes the second, which wants less. It has to wait for the lock of the other's turn.
 * (On a busy machine the others may come too late. Then the round shows nothing.) */
static void a_thread_that_gives_up_and_wakes_another(void)
{
	for (int i = 0; i < 20; i++) {
		background second, holder;

		in_line.semaphore = (leat_semaphore)LEAT_SEMAPHORE(2);
		atomic_store(&in_line.gave_up, 0);
		check(leat_semaphore_acquire(&in_line.semaphore, 1, nil, LEAT_NOW) == 1);
		begin(&second, stand_second, NULL);
		begin(&holder, hold_turn, NULL);
		must_give(ETIMEDOUT, leat_semaphore_acquire(&in_line.semaphore, 2, nil, leat_in(LEAT_MS(10))));
		atomic_store(&in_line.gave_up, 1);
		must_return(&holder);
		must_return(&second);
		leat_semaphore_release(&in_line.semaphore, 1);
	}
}

static void locks(void)
{
	leat_mutex mutex = { 0 };
	leat_rwmutex rwmutex = { 0 };
	leat_cond cond = { 0 };
	contender of_mutex, of_rwmutex, of_cond;

	leat_mutex_lock(&mutex);
	leat_rwmutex_lock(&rwmutex);
	begin_contention(&of_mutex, &mutex.monitor_.lock_);
	begin_contention(&of_rwmutex, &rwmutex.monitor_.lock_);
	begin_contention(&of_cond, &cond.monitor_.lock_);
	for (int i = 0; i < ROUNDS; i++) {
		must_give(ETIMEDOUT, leat_mutex_lock_by(&mutex, soon()));
		must_give(ETIMEDOUT, leat_rwmutex_lock_by(&rwmutex, soon()));
		must_give(ETIMEDOUT, leat_rwmutex_read_lock_by(&rwmutex, soon()));
		must_give(ETIMEDOUT, leat_cond_wait(&cond, leat_mutex_locker(&mutex), nil, soon()));
	}
	end_contention(&of_mutex);
	end_contention(&of_rwmutex);
	end_contention(&of_cond);
	leat_mutex_unlock(&mutex);
	leat_rwmutex_unlock(&rwmutex);
}

static void groups(void)
{
	leat_waitgroup group = { 0 };
	leat_gauge gauge = leat_gauge_make(1);
	leat_token_bucket bucket;
	contender of_group, of_gauge, of_bucket;

	leat_waitgroup_add(&group, 1);
	check(leat_gauge_enter(gauge, nil, LEAT_NOW) == 1);
	check(leat_token_bucket_init(&bucket, 1e-6, 1) == 1 && leat_limiter_allow(&bucket.limiter, 1));
	begin_contention(&of_group, &group.monitor_.lock_);
	begin_contention(&of_gauge, &gauge.places_.rx.ch->lock);
	begin_contention(&of_bucket, &bucket.limiter.monitor_.lock_);
	for (int i = 0; i < ROUNDS; i++) {
		must_give(ETIMEDOUT, leat_waitgroup_wait(&group, soon()));
		must_give(ETIMEDOUT, leat_gauge_enter(gauge, nil, soon()));
		must_give(ETIMEDOUT, leat_limiter_wait(&bucket.limiter, 1, nil, soon()));
	}
	end_contention(&of_group);
	end_contention(&of_gauge);
	end_contention(&of_bucket);
	leat_waitgroup_done(&group);
	leat_gauge_leave(gauge);
	leat_gauge_drop(gauge);
}

static void hold(void *of_rx)
{
	(void)leat_wait(*(leat_rx *)of_rx);
}

static void threads(void)
{
	leat_chan gate = leat_make_unit();

	check(leat_go(hold, &gate.rx) == 1);
	for (int i = 0; i < ROUNDS; i++) {
		must_give(ETIMEDOUT, leat_wait_all(soon()));
		must_give(EAGAIN, leat_wait_all(LEAT_NOW));
	}
	leat_drop(gate.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(gate.rx);
}

static int no_more(void *arg, void **thing)
{
	*thing = arg;
	return -EMFILE;
}

static int open_one(void *arg, void **thing)
{
	*thing = arg;
	return 0;
}

static void close_one(void *arg, void *thing)
{
	(void)arg;
	free(thing);
}

static void things(void)
{
	leat_resources_plan plan = { .most = 1, .open = open_one, .close = close_one };
	leat_resources_plan bad = { .most = 1, .open = no_more, .close = close_one };
	leat_resources *one = leat_resources_make(&plan), *none = leat_resources_make(&bad);
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx subscribed = leat_subscribe(broadcast, 0, LEAT_BLOCK);
	void *thing, *other;

	check(one && none && leat_resources_get(one, &thing, nil, LEAT_NOW) == 1);
	for (int i = 0; i < ROUNDS; i++) {
		must_give(ETIMEDOUT, leat_resources_get(one, &other, nil, soon()));
		must_give(EMFILE, leat_resources_get(none, &other, nil, soon()));
		must_give(ETIMEDOUT, leat_publish(broadcast, &i, nil, soon()));
	}
	leat_resources_put(one, thing);
	leat_resources_drop(one);
	leat_resources_drop(none);
	leat_drop(subscribed);
	leat_broadcast_drop(broadcast);
}

/* ----------------------------------------------------------------------------------- how long they yield -- */

static leat_semaphore contended = LEAT_SEMAPHORE(1);

static void enter_contended(void *arg)
{
	(void)arg;
	leat_monitor_enter(&contended.monitor_);
	leat_monitor_leave(&contended.monitor_);
}

/* A thread of a real-time class that yields to one of an ordinary class yields in vain. So it sleeps soon. */
static void a_wait_for_a_lock_yields_a_few_times(void)
{
	background waiter;
	long before;

	leat_monitor_enter(&contended.monitor_);
	before = atomic_load(&yields);
	atomic_store(&naps, 0);
	begin(&waiter, enter_contended, NULL);
	while (atomic_load(&naps) < 5)
		__real_nanosleep(&(struct timespec){ 0, 100000 }, NULL);
	check(atomic_load(&yields) - before <= 64);
	leat_monitor_leave(&contended.monitor_);
	must_return(&waiter);
}

int main(int argc, char **argv)
{
	return RUN(channels, semaphores, a_thread_that_gives_up_and_wakes_another, locks, groups, threads, things,
	           a_wait_for_a_lock_yields_a_few_times);
}
