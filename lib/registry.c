/* SPDX-License-Identifier: 0BSD
 *
 * registry.c - the list of threads, and the table of channels that is kept when somebody has asked for reports.
 *
 * A thread leaves the list when it ends: by the destructor of a key. Destructors of other keys may run later and wait
 * in calls of leat. Such a thread is not listed again: reports count it as one that leat does not know. If the key or
 * its value cannot be had, the thread is not listed either. So no report needs memory that a wait would have to find.
 */
#define _GNU_SOURCE /* syscall */
#include "registry.h"
#include "insight/trace.h"

#include <search.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

atomic_uint leati_asked;

static struct {
	leati_lock lock;
	leati_parker *first;
	void *channels;        /* the noted ones: a tree of tsearch, by address */
	pthread_key_t key;     /* its destructor takes a thread off the list */
	bool has_key, ended;
	uint64_t threads;      /* that were ever listed */
} registry;

/* ------------------------------------------------------------------------------------------- threads -- */

/* The number of the thread, which /proc/self/task names too. */
long leati_own_tid(void)
{
#ifdef SYS_gettid
	return syscall(SYS_gettid);
#else
	return 0;
#endif
}

/* The caller holds the lock. */
static void unlist_thread(leati_parker *self)
{
	*(self->prev ? &self->prev->next : &registry.first) = self->next;
	if (self->next)
		self->next->prev = self->prev;
	self->listed = false;
}

/* While this waits for the lock, leati_end_registry may take all threads off the list. */
static void end_record(void *of_record)
{
	leati_parker *self = of_record;

	leati_acquire(&registry.lock);
	if (self->listed)
		unlist_thread(self);
	leati_release(&registry.lock);
	leati_record_thread_end();
	leati_free_owned(self);
}

/* Called by exit, and before the library is unloaded: a thread that lives on must not call code that is gone. As it
 * cannot leave the list when it ends, all threads leave it now. */
void leati_end_registry(void)
{
	leati_acquire(&registry.lock);
	while (registry.first)
		unlist_thread(registry.first);
	if (registry.has_key)
		pthread_key_delete(registry.key);
	registry.has_key = false;
	registry.ended = true;
	leati_release(&registry.lock);
}

/* The caller holds the lock. */
static bool has_key(void)
{
	if (!registry.has_key && !registry.ended)
		registry.has_key = pthread_key_create(&registry.key, end_record) == 0;
	return registry.has_key;
}

/* The caller holds the lock. */
static void list_record(leati_parker *record)
{
	record->listed = true;
	record->sleeps = ++registry.threads << 32;
	record->prev = NULL;
	record->next = registry.first;
	if (record->next)
		record->next->prev = record;
	registry.first = record;
}

/* Called once by each thread, before it may sleep. */
void leati_list_thread(leati_parker *self)
{
	self->id = pthread_self();
	self->tid = leati_own_tid();
	if (self->service || leati_prepare_fork() != 0)
		return;
	leati_acquire(&registry.lock);
	if (has_key() && pthread_setspecific(registry.key, self) == 0)
		list_record(self);
	leati_release(&registry.lock);
}

#ifdef LEAT_SCHEDULE
/* Instead of all others, list the threads of a schedule, in their order. */
void leati_list_schedule(leati_parker records[])
{
	registry.first = NULL;
	for (size_t i = LEATI_THREADS; i-- > 0;)
		list_record(&records[i]);
}
#endif

/* Called in the child of a fork: of the threads only the caller is left. The mutex of its record may have been held by
 * a thread that read it. The channels are the parent's, and a thread may have been changing their tree. */
void leati_forget_registry(void)
{
	leati_parker *self = leati_self();

	leati_release(&registry.lock);
	registry.channels = NULL;
	registry.first = self->listed ? self : NULL;
	self->next = self->prev = NULL;
	self->tid = leati_own_tid();
	pthread_mutex_init(&self->mutex, NULL); /* cannot fail without attributes */
}

leati_parker *leati_enter_registry(void)
{
	leati_acquire(&registry.lock);
	return registry.first;
}

void leati_leave_registry(void)
{
	leati_release(&registry.lock);
}

/* ---------------------------------------------------------------------------------- jobs and stages -- */

/* The calling thread begins a job, or, with NULL, has ended one. */
void leati_begin_job(const leati_job *job)
{
	leati_parker *self = leati_self();

	if (job)
		leati_trace_job(job);
	else if (self->job) /* a thread that is cancelled twice may end its job twice */
		leati_trace_job_end(self->job);
	pthread_mutex_lock(&self->mutex);
	self->job = job;
	self->stage = job ? job->stage : NULL;
	pthread_mutex_unlock(&self->mutex);
}

/* The stage of the calling thread is about to drop its handles. */
void leati_forget_stage(void)
{
	leati_parker *self = leati_self();

	pthread_mutex_lock(&self->mutex);
	self->stage = NULL;
	pthread_mutex_unlock(&self->mutex);
}

/* Take input i out of the stage, which runs in the calling thread. The caller drops it afterwards. */
leat_rx leati_take_input(leat_stage *stage, size_t i)
{
	leati_parker *self = leati_self();
	leat_rx in = stage->in[i];

	pthread_mutex_lock(&self->mutex);
	stage->in[i].ch = NULL;
	pthread_mutex_unlock(&self->mutex);
	return in;
}

/* ------------------------------------------------------------------------------------------ channels -- */

static int compare(const void *a, const void *b)
{
	return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

/* Called when the channel is complete, because a survey may read it from now on, and before another thread uses it.
 * Without memory the channel is not noted. */
void leati_note_channel(struct leat_channel *ch)
{
	if (!leati_is_asked(LEATI_ASKED_CHANNELS))
		return;
	leati_acquire(&registry.lock);
	ch->noted = tsearch(ch, &registry.channels, compare) != NULL;
	leati_release(&registry.lock);
}

/* Called before the channel is freed. */
void leati_forget_channel(struct leat_channel *ch)
{
	leati_acquire(&registry.lock);
	(void)tdelete(ch, &registry.channels, compare); /* it is there */
	leati_release(&registry.lock);
}

static void (*each_fn)(struct leat_channel *ch, void *arg);
static void *each_arg;

static void visit(const void *node, VISIT when, int depth)
{
	(void)depth;
	if (when == postorder || when == leaf)
		each_fn(*(struct leat_channel *const *)node, each_arg);
}

/* The caller is inside the registry. */
void leati_each_channel(void (*fn)(struct leat_channel *ch, void *arg), void *arg)
{
	each_fn = fn;
	each_arg = arg;
	twalk(registry.channels, visit);
}
