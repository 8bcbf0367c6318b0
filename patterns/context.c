/* leat_context - when to stop, why, and the values of a request, handed down the calls.
 * Needs after_func.c.
 *
 *     background -- server -+- request of jane, 50 ms -- query
 *                           +- request of joe  <- cancel: ends this context and those below it, no others
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdatomic.h>
#include <stdlib.h>

/* A deadline needs no timer and is not passed down. A child takes the earlier one of its parent's deadline and its own,
 * and its done is over by itself at that time. Only a cancellation is passed down, along the lists of children.
 *
 * A tree is a topmost context that can end, and all contexts below it. The monitor of the topmost one protects the
 * lists of children and `cancelled` of the whole tree. */
struct leat_context {
	leat_context *parent;             /* NULL in static contexts. This context keeps its parent's memory */
	atomic_size_t handles, keepers;   /* keepers of the memory: each child, and all handles together */
	leat_chan done;                   /* nil: never over */
	leat_rx above;                    /* the parent's done, if it ends this one: the parent waits for this handle */
	leat_time deadline;
	int deadline_cause, cancelled;    /* cancelled: over, but not by its deadline */
	int failed;                       /* the cause, in a static context that stands for one that failed; else 0 */
	leat_context *tree;               /* the topmost context of the tree */
	leat_monitor monitor;             /* the tree's, if this is the topmost one */
	leat_context *children, *next, **place; /* place: the pointer to this one in the parent's list; or NULL */
	const void *key;
	void *value;
	void (*release)(void *value);
};

enum { CONTEXT_BACKGROUND, CONTEXT_TODO, CONTEXT_NO_MEMORY, CONTEXT_INVALID };

static leat_context context_static[] = {
	[CONTEXT_BACKGROUND] = { .deadline = LEAT_NEVER },
	[CONTEXT_TODO] = { .deadline = LEAT_NEVER },
	[CONTEXT_NO_MEMORY] = { .deadline = LEAT_NEVER, .failed = ENOMEM },
	[CONTEXT_INVALID] = { .deadline = LEAT_NEVER, .failed = EINVAL },
};

leat_context *leat_context_background(void)
{
	return &context_static[CONTEXT_BACKGROUND];
}

leat_context *leat_context_todo(void)
{
	return &context_static[CONTEXT_TODO];
}

static leat_context *context_not_null(leat_context *context)
{
	return context ? context : &context_static[CONTEXT_INVALID];
}

/* ------------------------------------------------------------------------------------------- how it stands -- */

leat_rx leat_context_done(leat_context *context)
{
	context = context_not_null(context);
	return context->failed ? leat_ended(context->failed) : context->done.rx;
}

/* The thread that cancels sets `cancelled` in the critical section in which it closes done. */
static int context_is_cancelled(leat_context *context)
{
	int cancelled;

	leat_monitor_enter(&context->tree->monitor);
	cancelled = context->cancelled;
	leat_monitor_leave(&context->tree->monitor);
	return cancelled;
}

/* A cancellation may have the same cause as the deadline, so only `cancelled` can tell. */
int leat_context_err(leat_context *context)
{
	leat_rx done = leat_context_done(context);

	if (!leat_closed(done)) /* nil never is */
		return 0;
	context = context_not_null(context);
	return leat_cause(done) != context->deadline_cause || context_is_cancelled(context) ? ECANCELED : ETIMEDOUT;
}

int leat_context_cause(leat_context *context)
{
	leat_rx done = leat_context_done(context);

	return leat_closed(done) ? leat_cause(done) : 0;
}

leat_time leat_context_deadline(leat_context *context)
{
	return context_not_null(context)->deadline;
}

/* A context without a key has no value either. */
void *leat_context_value(leat_context *context, const void *key)
{
	context = context_not_null(context);
	while (context->key != key && context->parent)
		context = context->parent;
	return context->key == key ? context->value : NULL;
}

/* ------------------------------------------------------------------------------------------ cancelling it -- */

/* The caller is inside the monitor. Returns the context after `node` among those below `top`, parents first. It skips
 * those below `node` unless `deeper`. It is not recursive, because a tree may be deep. */
static leat_context *context_next(leat_context *node, const leat_context *top, int deeper)
{
	if (deeper && node->children)
		return node->children;
	while (node != top && !node->next)
		node = node->parent;
	return node == top ? NULL : node->next;
}

static int context_close(leat_context *context, int cause)
{
	int closed = leat_close_with(context->done.tx, cause) == 1;

	context->cancelled |= closed;
	return closed;
}

/* The caller is inside the monitor. End this context and all below it. Below a context that was over already, all are
 * over. */
static int context_end(leat_context *top, int cause)
{
	int ended = context_close(top, cause), closed = ended;

	for (leat_context *each = top; (each = context_next(each, top, closed)) != NULL;)
		closed = context_close(each, cause);
	return ended;
}

int leat_context_cancel_with(leat_context *context, int cause)
{
	int ended;

	context = context_not_null(context);
	if (context->failed)
		return 0;
	if (leat_is_nil(context->done))
		return leat_refuse(EINVAL); /* it is never over */
	leat_monitor_enter(&context->tree->monitor);
	ended = context_end(context, cause ? cause : ECANCELED);
	leat_monitor_leave(&context->tree->monitor);
	return ended;
}

int leat_context_cancel(leat_context *context)
{
	return leat_context_cancel_with(context, ECANCELED);
}

/* ------------------------------------------------------------------------------------------- making one -- */

/* Takes `done`. The new context keeps its parent's memory. */
static leat_context *context_make(leat_context *parent, leat_chan done, leat_time deadline, int cause)
{
	leat_context *made = leat_never_started(done) ? NULL : malloc(sizeof *made);

	if (!made) {
		leat_drop(done);
		return &context_static[CONTEXT_NO_MEMORY];
	}
	*made = (leat_context){ .parent = parent, .done = done, .deadline = deadline, .deadline_cause = cause };
	atomic_init(&made->handles, 1);
	atomic_init(&made->keepers, 1);
	made->above = leat_is_nil(done) ? LEAT_NIL : leat_dup(parent->done.rx);
	made->tree = leat_is_nil(parent->done) ? made : parent->tree;
	if (parent->parent)
		/* Relaxed: the caller has a handle of the parent, so the memory cannot go meanwhile. */
		atomic_fetch_add_explicit(&parent->keepers, 1, memory_order_relaxed);
	return made;
}

/* Put the child into its parent's list, for a later cancellation, or cancel it, if the parent was cancelled already.
 * Both happen inside the monitor, as every cancellation does, so none is missed. */
static void context_join(leat_context *child)
{
	leat_context *parent = child->parent;

	if (leat_is_nil(parent->done))
		return;
	leat_monitor_enter(&child->tree->monitor);
	if (parent->cancelled) {
		(void)context_end(child, leat_cause(parent->done)); /* 0: its own deadline has come first */
	} else {
		child->next = parent->children;
		child->place = &parent->children;
		if (child->next)
			child->next->place = &child->next;
		parent->children = child;
	}
	leat_monitor_leave(&child->tree->monitor);
}

/* If the parent was cancelled, the child gets a done without a deadline. Otherwise a deadline that has passed would end
 * it before context_join can cancel it. */
static leat_context *context_child(leat_context *parent, leat_time deadline, int cause)
{
	leat_context *child;
	int timeless;

	parent = context_not_null(parent);
	if (parent->failed)
		return parent;
	if (parent->deadline < deadline) {
		deadline = parent->deadline;
		cause = parent->deadline_cause;
	}
	timeless = deadline == LEAT_NEVER || leat_context_err(parent) == ECANCELED;
	child = context_make(parent, timeless ? (leat_make_unit)() : leat_make_until(deadline, cause), deadline, cause);
	if (!child->failed)
		context_join(child);
	return child;
}

leat_context *(leat_context_with_cancel)(leat_context *parent)
{
	return context_child(parent, LEAT_NEVER, 0);
}

leat_context *leat_context_with_deadline_cause(leat_context *parent, leat_time t, int cause)
{
	return context_child(parent, t, cause ? leat_errno_value_(cause) : ETIMEDOUT);
}

leat_context *leat_context_with_deadline(leat_context *parent, leat_time t)
{
	return context_child(parent, t, ETIMEDOUT);
}

leat_context *leat_context_with_timeout_cause(leat_context *parent, leat_time duration, int cause)
{
	return leat_context_with_deadline_cause(parent, leat_in(duration), cause);
}

leat_context *leat_context_with_timeout(leat_context *parent, leat_time duration)
{
	return leat_context_with_deadline(parent, leat_in(duration));
}

leat_context *leat_context_without_cancel(leat_context *parent)
{
	parent = context_not_null(parent);
	return parent->failed ? parent : context_make(parent, (leat_chan){ { NULL }, { NULL } }, LEAT_NEVER, 0);
}

leat_context *(leat_context_with_value)(leat_context *parent, const void *key, void *value,
                                       void (*release)(void *value))
{
	leat_context *child = context_child(key ? parent : NULL, LEAT_NEVER, 0);

	if (!child->failed) {
		child->key = key;
		child->value = value;
		child->release = release;
	} else if (release) {
		release(value);
	}
	return child;
}

/* ---------------------------------------------------------------------------------------- sharing, dropping -- */

leat_context *leat_context_dup(leat_context *context)
{
	context = context_not_null(context);
	if (context->parent)
		atomic_fetch_add_explicit(&context->handles, 1, memory_order_relaxed);
	return context;
}

/* Returns 1 for the last. acq_rel: all that other threads did before their decrement happens before what the last
 * does. */
static int context_loses(atomic_size_t *count)
{
	return atomic_fetch_sub_explicit(count, 1, memory_order_acq_rel) == 1;
}

/* Free its memory, and that of its ancestors that no handle keeps. leat_context_wait of the parent waits for the handle
 * of the parent's done. That handle is dropped last, when the context no longer keeps its parent. So after the wait the
 * last drop of the parent releases the parent's value. */
static void context_free(leat_context *context)
{
	leat_rx above = LEAT_NIL;

	while (context->parent && context_loses(&context->keepers)) {
		leat_context *parent = context->parent;
		leat_rx next = context->above;

		if (context->release)
			context->release(context->value);
		free(context);
		leat_drop(above);
		above = next;
		context = parent;
	}
	leat_drop(above);
}

/* With the last handle, the context leaves its parent's list, so a cancellation of the parent no longer comes here.
 * Then done can be dropped, while the children still keep the rest. */
void leat_context_drop(leat_context *context)
{
	if (!context || !context->parent || !context_loses(&context->handles))
		return;
	if (!leat_is_nil(context->done)) {
		leat_monitor_enter(&context->tree->monitor);
		(void)context_end(context, ECANCELED); /* 0: it was over already */
		if (context->place)
			*context->place = context->next;
		if (context->place && context->next)
			context->next->place = context->place;
		leat_monitor_leave(&context->tree->monitor);
		leat_drop(context->done);
	}
	context_free(context);
}

/* -------------------------------------------------------------------------------------------- when it is over -- */

int leat_context_wait(leat_context *context, leat_time t)
{
	leat_rx done = leat_context_done(context);

	return leat_is_nil(done) ? leat_refuse(EINVAL) : leat_wait_alone(done, t);
}

int leat_context_after_func_at_(leat_context *context, void (*fn)(void *arg), void *arg, leat_tx *stop,
                                const char *where)
{
	return leat_after_func_at_(leat_dup(leat_context_done(context)), fn, arg, stop, where);
}

int (leat_context_after_func)(leat_context *context, void (*fn)(void *arg), void *arg, leat_tx *stop)
{
	return leat_context_after_func_at_(context, fn, arg, stop, NULL);
}
