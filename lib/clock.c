/* SPDX-License-Identifier: 0BSD
 *
 * clock.c - the fake clock, which a test drives. While the clock is real, the core reads only one flag of this file.
 *
 * While it is fake, time stands still until a thread moves it. The threads that sleep until a time are on a list.
 * Threads that count are those that run a started function, and those that called leat_clock_run. A clock that runs by
 * itself jumps to the next deadline when all threads that count are on the list: none of them can do anything before.
 *
 * INVARIANT, under the clock's lock: no sleeper on the list has been woken, and no listed deadline has passed. So a
 * thread counts as awake from the moment at which another thread wakes it, however late the kernel runs it. To that end
 * the waker sets DONE and takes the sleeper off the list in one step. A thread that goes to sleep checks both again
 * before it is listed.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

atomic_bool leati_clock_fake;

static struct {
	leati_lock lock;
	_Atomic leat_time now;
	_Atomic leat_time behind_utc; /* UTC minus now, when the clock became fake */
	unsigned long generation;     /* counts how often it became fake */
	bool runs;                    /* by itself */
	size_t runners;               /* other threads that called leat_clock_run */
	size_t asleep;                /* threads on the list that count */
	leati_sleeper *first;
} fake;

/* The generation in which this thread called leat_clock_run last. */
static _Thread_local unsigned long ran_in;

leat_time leati_fake_now(void)
{
	/* Acquire: this thread then sees what the thread that moved the clock did before. */
	return atomic_load_explicit(&fake.now, memory_order_acquire);
}

leat_time leati_fake_utc(void)
{
	return leati_add_time(leati_fake_now(), fake.behind_utc);
}

/* --------------------------------------------------------------------------------------- inside, locked -- */

/* Whether the sleeper is awake already, or must look at the clock again. */
static bool needs_no_sleep(const leati_sleeper *sleeper)
{
	/* Relaxed: the sleeper looks for DONE again, with acquire, before it uses what its partner wrote. */
	return atomic_load_explicit(&sleeper->wait->state, memory_order_relaxed) & LEATI_DONE ||
	       !leati_clock_is_fake() || (sleeper->until != LEAT_NEVER && sleeper->until <= leat_now());
}

static void list(leati_sleeper *sleeper)
{
	sleeper->listed = true;
	sleeper->prev = NULL;
	sleeper->next = fake.first;
	if (fake.first)
		fake.first->prev = sleeper;
	fake.first = sleeper;
	fake.asleep += sleeper->counted;
}

static void unlist(leati_sleeper *sleeper)
{
	if (!sleeper->listed)
		return;
	sleeper->listed = false;
	*(sleeper->prev ? &sleeper->prev->next : &fake.first) = sleeper->next;
	if (sleeper->next)
		sleeper->next->prev = sleeper->prev;
	fake.asleep -= sleeper->counted;
}

/* Wake the sleepers whose time has come. */
static void move_to(leat_time now)
{
	atomic_store_explicit(&fake.now, now, memory_order_release);
	for (leati_sleeper *each = fake.first, *next; each; each = next) {
		next = each->next;
		if (each->until <= now) {
			unlist(each);
			leati_clock_notify(each);
		}
	}
}

/* LEAT_NEVER if no sleeper has a deadline. */
static leat_time next_deadline(void)
{
	leat_time next = LEAT_NEVER;

	for (const leati_sleeper *each = fake.first; each; each = each->next)
		if (each->until < next)
			next = each->until;
	return next;
}

static bool is_runner(void)
{
	return ran_in == fake.generation;
}

static bool all_that_count_sleep(void)
{
	return fake.asleep == leati_active() + fake.runners;
}

/* Jump from deadline to deadline until a thread that counts is awake. Sleepers that do not count have deadlines too. If
 * all sleep without end, this is perhaps a deadlock. */
static void jump(void)
{
	while (fake.runs && all_that_count_sleep() && next_deadline() != LEAT_NEVER)
		move_to(next_deadline());
	if (fake.runs && fake.first && all_that_count_sleep())
		leati_watch_now();
}

/* --------------------------------------------------------------------------------- hooks of the core -- */

/* The caller is about to sleep. False if it must not: it has been woken already, or must look at the clock again. */
bool leati_clock_asleep(leati_sleeper *sleeper)
{
	bool asleep;

	leati_acquire(&fake.lock);
	asleep = !needs_no_sleep(sleeper);
	if (asleep) {
		sleeper->counted = leati_is_inside() || is_runner();
		list(sleeper);
		jump();
	}
	leati_release(&fake.lock);
	return asleep;
}

void leati_clock_awake(leati_sleeper *sleeper)
{
	leati_acquire(&fake.lock);
	unlist(sleeper);
	leati_release(&fake.lock);
}

/* leati_wake calls these two around the wake-up of the thread with this parker: the two changes are then one step. */
void leati_clock_hold(void)
{
	leati_acquire(&fake.lock);
}

void leati_clock_woken(struct leati_parker *parker)
{
	leati_sleeper *each = fake.first;

	while (each && each->parker != parker)
		each = each->next;
	if (each)
		unlist(each);
	leati_release(&fake.lock);
}

/* A started function has ended: perhaps all threads that still count are asleep. */
void leati_clock_look(void)
{
	leati_acquire(&fake.lock);
	jump();
	leati_release(&fake.lock);
}

/* Called in the child of a fork, where the threads that slept do not exist. A thread takes the lock only after the
 * handler of fork.c is registered: when it makes the clock fake or real, or sleeps on it. */
void leati_forget_clock(void)
{
	leati_release(&fake.lock);
	fake.first = NULL;
	fake.asleep = 0;
	fake.runners = is_runner();
}

/* ---------------------------------------------------------------------------------- driving the clock -- */

int leat_clock_fake(void)
{
	int error = leat_live() > 0 ? EBUSY : leati_prepare_fork();

	if (error)
		return leat_refuse(error);
	leati_acquire(&fake.lock);
	if (!leati_clock_is_fake()) {
		atomic_store(&fake.now, leati_real_now());
		fake.behind_utc = leati_real_utc() - atomic_load(&fake.now);
		fake.generation++;
		fake.runs = false;
		fake.runners = 0;
		atomic_store(&leati_clock_fake, true);
	}
	leati_release(&fake.lock);
	return 1;
}

int leat_clock_advance(leat_time duration)
{
	if (!leati_clock_is_fake() || duration < 0)
		return leat_refuse(EINVAL);
	leati_acquire(&fake.lock);
	move_to(leati_add_time(atomic_load(&fake.now), duration));
	leati_release(&fake.lock);
	return 1;
}

int leat_clock_run(void)
{
	if (!leati_clock_is_fake())
		return leat_refuse(EINVAL);
	leati_acquire(&fake.lock);
	fake.runs = true;
	if (!leati_is_inside() && !is_runner()) {
		ran_in = fake.generation;
		fake.runners++;
	}
	leati_release(&fake.lock);
	return 1;
}

/* Every sleeper is woken to look at the clock again, and goes on sleeping by the real one. If the handler of fork.c
 * cannot be registered, the clock was never fake. */
void leat_clock_real(void)
{
	if (leati_prepare_fork() != 0)
		return;
	leati_acquire(&fake.lock);
	atomic_store(&leati_clock_fake, false);
	for (leati_sleeper *each = fake.first; each; each = fake.first) {
		unlist(each);
		leati_clock_notify(each);
	}
	leati_release(&fake.lock);
}
