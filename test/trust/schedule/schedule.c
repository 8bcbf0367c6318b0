/* SPDX-License-Identifier: 0BSD
 *
 * schedule.c - threads of which only one goes on at a time.
 *
 * Each thread has a stack of its own. It is entered by swapcontext the first time, and by longjmp later. C does not
 * promise that longjmp works between stacks, but it needs no system call, and so a hundred thousand schedules fit into
 * a second.
 *
 * At each step, the running thread lists the possible next steps and switches to the chosen one. A mutex is an entry in
 * the list of the thread that holds it. A thread that sleeps on a condition variable has the state ASLEEP. So the use
 * of both is checked: only the holder of the mutex unlocks or signals, and at most one thread sleeps on a condition
 * variable. (Only that use works with the bug in condition variables of glibc before 2.41.)
 *
 * A spurious wake-up is possible only while another step is possible too. So a thread that only a spurious wake-up
 * could wake counts as lost.
 *
 * All memory of a schedule comes from one block. Freed memory is filled with FREED, which must still be there at the
 * end.
 */
#undef _FORTIFY_SOURCE /* _FORTIFY_SOURCE takes this longjmp for an error */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700
#include "schedule.h"

#include "../../../lib/insight/survey.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

enum { STACK = 128 * 1024, MEMORY = 256 * 1024, BLOCKS = 128, FREED = 0xdb, SPURIOUS = 1, BEGIN = 1000, HELD = 2 };

unsigned leati_thread;

typedef enum { READY, AT_LOCK, AT_MUTEX, ASLEEP, ENDED } place;

typedef struct {
	place state;
	const void *object;  /* the lock, mutex or condition variable that it waits for */
	leat_time until;     /* for ASLEEP: its deadline */
	bool signalled, begun;
	int result;          /* of the sleep */
	uint64_t slept;      /* the stamp of its first sleep */
	const void *held[HELD]; /* the mutexes that it holds */
	const void *released;   /* for ASLEEP: the mutex that it released */
	ucontext_t first;
	jmp_buf at;
} thread;

/* One possible next step: the thread goes on, its deadline passes, or it has a spurious wake-up. */
typedef struct { unsigned thread; enum { GO, LATE, FOR_NOTHING } how; } step;

static struct {
	thread threads[THREADS];
	unsigned count;
	void (*fn)(unsigned thread);
	void (*look)(void);
	ucontext_t outside;
	leat_time now;
	unsigned long steps;
	uint64_t stamps;
	unsigned spurious;      /* how many spurious wake-ups are still allowed */
	bool begun, running;    /* begun: a schedule has begun; running: its threads run */
	char complaint[512];
} now;

static _Alignas(64) unsigned char stacks[THREADS][STACK], memory[MEMORY];
static struct { unsigned char *at; size_t size; bool freed; } blocks[BLOCKS];
static size_t block_count, memory_used;

void complain(const char *format, ...)
{
	va_list arguments;

	if (now.complaint[0])
		return; /* keep the first complaint */
	va_start(arguments, format);
	vsnprintf(now.complaint, sizeof now.complaint, format, arguments);
	va_end(arguments);
}

const char *complaint(void)
{
	return now.complaint[0] ? now.complaint : NULL;
}

unsigned schedule_thread(void)
{
	return leati_thread;
}

unsigned schedule_owner(const void *address)
{
	uintptr_t offset = (uintptr_t)address - (uintptr_t)stacks;

	return offset < sizeof stacks ? (unsigned)(offset / STACK) : THREADS;
}

uint64_t schedule_stamp(void)
{
	if (now.running && memory_tells_order()) {
		memory_acquire(&now.stamps);
		memory_release(&now.stamps);
	}
	return ++now.stamps;
}

uint64_t schedule_slept(void)
{
	uint64_t slept = now.threads[leati_thread].slept;

	now.threads[leati_thread].slept = 0;
	return slept;
}

/* ---------------------------------------------------------------------------------------- who goes on -- */

/* The thread's entry for this mutex, or a free entry if `mutex` is NULL. NULL if there is none. */
static const void **find_held(thread *of, const void *mutex)
{
	for (size_t i = 0; i < HELD; i++)
		if (of->held[i] == mutex)
			return &of->held[i];
	return NULL;
}

static bool is_held(const void *mutex)
{
	for (unsigned i = 0; i < now.count; i++)
		if (find_held(&now.threads[i], mutex))
			return true;
	return false;
}

static bool can_go_on(const thread *of)
{
	switch (of->state) {
	case READY: return true;
	case AT_LOCK: return atomic_load(&((const leati_lock *)of->object)->taken) == 0;
	case AT_MUTEX: return !is_held(of->object);
	case ASLEEP: return of->signalled;
	case ENDED: break;
	}
	return false;
}

/* List all possible steps, in the order that schedule.h promises. */
static unsigned possible_steps(step *steps, unsigned *owner)
{
	unsigned count = 0, sleepers = 0;
	step asleep[THREADS];

	for (unsigned i = 0; i < now.count; i++) {
		unsigned each = (leati_thread + i) % now.count;

		if (can_go_on(&now.threads[each])) {
			owner[count] = each;
			steps[count++] = (step){ each, GO };
		}
	}
	for (unsigned each = 0; each < now.count; each++) {
		const thread *of = &now.threads[each];

		if (of->state != ASLEEP || of->signalled)
			continue;
		if (of->until != LEAT_NEVER) {
			owner[count] = THREADS;
			steps[count++] = (step){ each, LATE };
		}
		asleep[sleepers++] = (step){ each, FOR_NOTHING };
	}
	for (unsigned i = 0; i < sleepers && count > 0 && now.spurious; i++) {
		owner[count] = THREADS + 1;
		steps[count++] = asleep[i];
	}
	return count;
}

static void take_step(step next)
{
	thread *to = &now.threads[next.thread];

	if (to->state == ASLEEP) {
		to->result = next.how == LATE ? ETIMEDOUT : 0;
		if (next.how == LATE && now.now < to->until)
			now.now = to->until;
		if (next.how == FOR_NOTHING)
			now.spurious--;
	}
	to->state = READY;
}

/* Switch to the chosen thread. It begins, or goes on in its own call of switch_to. */
static void switch_to(unsigned next)
{
	thread *from = &now.threads[leati_thread], *to = &now.threads[next];

	if (to == from)
		return;
	memory_switch(leati_thread, next);
	leati_thread = next;
	if (_setjmp(from->at) != 0)
		return;
	if (to->begun)
		_longjmp(to->at, 1);
	to->begun = true;
	setcontext(&to->first);
}

/* Another thread may go on here. This does not return to a thread that has ended. */
static void let_one_go_on(void)
{
	step steps[3 * THREADS];
	unsigned owner[3 * THREADS], count, choice;
	bool can_stay = can_go_on(&now.threads[leati_thread]);

	now.look();
	count = possible_steps(steps, owner);
	if (count == 0 || now.steps >= MOST_STEPS) {
		for (unsigned i = 0; i < now.count; i++)
			if (now.threads[i].state != ENDED)
				complain(count ? "no end after %lu steps" : "after %lu steps thread %u waits for ever",
				         now.steps, i + 1);
		setcontext(&now.outside);
	}
	now.steps++;
	choice = choose_step(owner, count, can_stay);
	take_step(steps[choice]);
	switch_to(steps[choice].thread);
}

static void wait_in(place state, const void *object)
{
	thread *self = &now.threads[leati_thread];
	int error = errno; /* each thread has its own errno */

	self->state = state;
	self->object = object;
	let_one_go_on();
	errno = error;
}

void leati_step(const leati_lock *taken)
{
	if (now.running)
		wait_in(taken ? AT_LOCK : READY, taken);
}

void schedule_step(void)
{
	leati_step(NULL);
}

/* --------------------------------------------------------------------------- mutexes and condition variables -- */

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *at);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
uint32_t __wrap_leati_random(uint32_t bound);
void *__wrap_leati_alloc(size_t size);
void __wrap_leati_free(void *block, size_t size);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_leati_list_tasks(leati_survey *survey);
void __wrap_leati_see_tasks(leati_survey *survey);
void *__wrap_malloc(size_t size);
void __real_free(void *block);
void __wrap_free(void *block);

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	const void **entry = find_held(&now.threads[leati_thread], NULL);

	wait_in(AT_MUTEX, mutex);
	memory_acquire(mutex);
	if (entry)
		*entry = mutex;
	else
		complain("a thread locks more than %d mutexes", HELD);
	return 0;
}

static void let_go(const pthread_mutex_t *mutex)
{
	const void **entry = find_held(&now.threads[leati_thread], mutex);

	memory_release(mutex);
	if (entry)
		*entry = NULL;
	else
		complain("a mutex is unlocked by a thread that has not locked it");
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	let_go(mutex);
	wait_in(READY, NULL);
	return 0;
}

static int sleep_on(const pthread_cond_t *cond, pthread_mutex_t *mutex, leat_time until)
{
	thread *self = &now.threads[leati_thread];

	for (unsigned i = 0; i < now.count; i++)
		if (now.threads[i].state == ASLEEP && now.threads[i].object == cond)
			complain("two threads wait on one condition variable");
	wait_in(READY, NULL); /* the thread has checked its condition, and does not sleep yet */
	let_go(mutex);
	self->released = mutex;
	self->signalled = false;
	self->until = until;
	if (!self->slept)
		self->slept = schedule_stamp();
	wait_in(ASLEEP, cond);
	__wrap_pthread_mutex_lock(mutex);
	return self->result;
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return sleep_on(cond, mutex, LEAT_NEVER);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *at)
{
	return sleep_on(cond, mutex, (leat_time)at->tv_sec * 1000000000 + at->tv_nsec);
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	for (unsigned i = 0; i < now.count; i++) {
		thread *of = &now.threads[i];

		if (of->state != ASLEEP || of->object != cond)
			continue;
		if (!find_held(&now.threads[leati_thread], of->released))
			complain("a sleeper is signalled without its mutex, and might be gone by then");
		of->signalled = true;
	}
	wait_in(READY, NULL);
	return 0;
}

/* ------------------------------------------------------------------------------ time, chance and memory -- */

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	*time = (struct timespec){ (time_t)(now.now / 1000000000), (long)(now.now % 1000000000) };
	return 0;
}

uint32_t __wrap_leati_random(uint32_t bound)
{
	return choose_number(bound);
}

void *__wrap_leati_alloc(size_t size)
{
	size_t whole = (size + 63) / 64 * 64;

	if (block_count == BLOCKS || memory_used + whole > MEMORY) {
		complain("more memory is needed than a schedule has");
		return NULL;
	}
	blocks[block_count].at = memory + memory_used;
	blocks[block_count].size = size;
	blocks[block_count].freed = false;
	memory_used += whole;
	memory_alloc(blocks[block_count].at, size);
	return blocks[block_count++].at;
}

static size_t find_block(const void *block)
{
	size_t i = 0;

	while (i < block_count && blocks[i].at != block)
		i++;
	return i;
}

void __wrap_leati_free(void *block, size_t size)
{
	size_t i = find_block(block);

	if (!block)
		return;
	if (i == block_count || blocks[i].freed || blocks[i].size != size) {
		complain("memory is freed that is not there, or twice, or with another size");
		return;
	}
	memory_free(block, size);
	memset(block, FREED, size);
	blocks[i].freed = true;
}

/* The checks between two schedules use memory of their own. */
void *__wrap_malloc(size_t size)
{
	return now.begun ? __wrap_leati_alloc(size) : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	void *block = now.begun ? __wrap_leati_alloc(count * size) : __real_calloc(count, size);

	return block && now.begun ? memset(block, 0, count * size) : block;
}

void *__wrap_realloc(void *block, size_t size)
{
	size_t i = find_block(block);
	void *larger;

	if (!now.begun)
		return __real_realloc(block, size);
	if ((larger = __wrap_leati_alloc(size)) != NULL && block) {
		memcpy(larger, block, blocks[i].size);
		__wrap_leati_free(block, blocks[i].size);
	}
	return larger;
}

void __wrap_free(void *block)
{
	size_t i = find_block(block);

	if (now.begun)
		__wrap_leati_free(block, i < block_count ? blocks[i].size : 0);
	else
		__real_free(block);
}

static void check_memory(void)
{
	for (size_t i = 0; i < block_count; i++) {
		if (!blocks[i].freed)
			complain("%zu bytes were not freed", blocks[i].size);
		for (size_t k = 0; k < blocks[i].size && blocks[i].freed; k++)
			if (blocks[i].at[k] != FREED)
				complain("memory was written to after it was freed");
	}
}

/* --------------------------------------------------------------------------------------------- surveys -- */

/* For a survey, the threads of the system are those of the schedule. The thread that makes the survey does not count,
 * and one that had ended when the survey began is no longer there. */
static bool had_ended[THREADS];

void __wrap_leati_list_tasks(leati_survey *survey)
{
	survey->knows_all_threads = true;
	for (unsigned i = 0; i < now.count; i++)
		had_ended[i] = now.threads[i].state == ENDED;
}

/* The records are in the order of the threads. */
void __wrap_leati_see_tasks(leati_survey *survey)
{
	size_t kept = 0;

	for (unsigned i = 0; i < now.count; i++)
		if (i != leati_thread && !had_ended[i])
			survey->threads[kept++] = survey->threads[i];
	survey->n_threads = kept;
}

/* ------------------------------------------------------------------------------------------ a schedule -- */

static void thread_main(void)
{
	now.fn(leati_thread);
	for (;;) {
		bool all_ended = true;

		now.threads[leati_thread].state = ENDED;
		if (find_held(&now.threads[leati_thread], NULL) != now.threads[leati_thread].held)
			complain("a thread ends with a mutex locked");
		for (unsigned i = 0; i < now.count; i++)
			all_ended &= now.threads[i].state == ENDED;
		if (all_ended)
			setcontext(&now.outside);
		let_one_go_on();
	}
}

static void make_thread(thread *of, unsigned char *stack)
{
	of->state = READY;
	of->begun = of->signalled = false;
	of->slept = 0;
	memset(of->held, 0, sizeof of->held);
	getcontext(&of->first);
	of->first.uc_stack.ss_sp = stack;
	of->first.uc_stack.ss_size = STACK;
	of->first.uc_link = NULL;
	makecontext(&of->first, thread_main, 0);
}

void schedule_begin(const chooser *by)
{
	now.complaint[0] = '\0';
	choose_begin(by);
	memory_begin();
	leati_begin_schedule();
	now.begun = true;
	now.now = BEGIN;
	now.steps = now.stamps = 0;
	now.spurious = SPURIOUS;
	leati_thread = 0;
	block_count = memory_used = 0;
}

/* Choosing the first thread is a choice, but no preemption. */
static unsigned first_thread(void)
{
	unsigned owner[THREADS];

	for (unsigned i = 0; i < now.count; i++)
		owner[i] = i;
	return choose_step(owner, now.count, false);
}

bool schedule_run(void (*fn)(unsigned thread), unsigned count, void (*look)(void))
{
	now.fn = fn;
	now.look = look;
	now.count = count;
	for (unsigned i = 0; i < count; i++)
		make_thread(&now.threads[i], stacks[i]);
	leati_thread = first_thread();
	now.running = true;
	memory_fork(count);
	now.threads[leati_thread].begun = true;
	swapcontext(&now.outside, &now.threads[leati_thread].first);
	now.running = false;
	memory_join(count);
	return !complaint();
}

bool schedule_end(void)
{
	now.begun = false;
	if (!complaint())
		check_memory(); /* after an error, not all threads may have finished and freed their memory */
	return !complaint();
}
