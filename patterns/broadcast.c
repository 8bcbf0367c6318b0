/* leat_broadcast - each value to all subscribers, which come and go.
 *
 *                       /-> a b c
 *     a b c -> publish ---> a b c
 *                       \->   b c
 *
 * There is no thread: the publisher itself sends to all subscribers that are ready, then selects over the others.
 *
 * Publishers take turns, in a monitor's line. The list of subscribers and the cases of the select belong to the
 * publisher that has the turn. New subscribers join a second list, so that they never wait for a publisher; the next
 * turn moves them to the first.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

enum { BROADCAST_LINE = 64 }; /* alignment of the copies, in bytes */

struct broadcast_subscriber {
	leat_tx tx;
	int when_full;
	void *copy;                           /* room for one value, if the type has `copy` */
	const void *value;                    /* the value that it is still to get, or NULL */
	struct broadcast_subscriber *next;
};

struct leat_broadcast {
	leat_type type;
	leat_monitor monitor;                 /* protects the next four; publishers wait for the turn in its line */
	int taken;                            /* 1: a publisher has the turn */
	struct broadcast_subscriber *joined;  /* subscribers that came since the last turn began */
	size_t count, enough;                 /* length of `joined`; length at which to remove those that left */
	/* The rest belongs to the publisher that has the turn. */
	struct broadcast_subscriber *first;
	leat_case *on;                        /* cases for done, then for each subscriber, in the order of the list */
	size_t room, cases, pending;          /* subscribers: that fit in `on`; that are in it; to be sent to */
};

leat_broadcast *leat_broadcast_make_of(const leat_type *type)
{
	leat_broadcast *broadcast;

	if (!type || (type->release && !type->copy) || type->size > PTRDIFF_MAX / 4) {
		errno = EINVAL;
		return NULL;
	}
	if (!(broadcast = malloc(sizeof *broadcast))) {
		errno = ENOMEM;
		return NULL;
	}
	*broadcast = (leat_broadcast){ .type = *type };
	return broadcast;
}

/* ------------------------------------------------------------------------------- coming and going -- */

/* Move the subscribers that have left out of the list. Returns them as a list of their own. */
static struct broadcast_subscriber *broadcast_take_gone(struct broadcast_subscriber **at)
{
	struct broadcast_subscriber *gone = NULL, *one;

	while ((one = *at) != NULL) {
		if (!leat_closed(one->tx)) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		one->next = gone;
		gone = one;
	}
	return gone;
}

static size_t broadcast_count(const struct broadcast_subscriber *list)
{
	size_t n = 0;

	for (; list; list = list->next)
		n++;
	return n;
}

static void broadcast_free(struct broadcast_subscriber *list)
{
	for (struct broadcast_subscriber *next; list; list = next) {
		next = list->next;
		leat_drop(list->tx);
		free(list);
	}
}

/* If nobody publishes, subscribers that left are removed here, each time that the list has doubled. */
static void broadcast_join(leat_broadcast *broadcast, struct broadcast_subscriber *new)
{
	struct broadcast_subscriber *gone = NULL;

	leat_monitor_enter(&broadcast->monitor);
	if (broadcast->count >= broadcast->enough) {
		gone = broadcast_take_gone(&broadcast->joined);
		broadcast->count = broadcast_count(broadcast->joined);
		broadcast->enough = 2 * broadcast->count + 4;
	}
	new->next = broadcast->joined;
	broadcast->joined = new;
	broadcast->count++;
	leat_monitor_leave(&broadcast->monitor);
	broadcast_free(gone);
}

leat_rx leat_subscribe(leat_broadcast *broadcast, size_t room, int when_full)
{
	int lossy = when_full == LEAT_DROP_OLDEST || when_full == LEAT_DROP_NEWEST;
	struct broadcast_subscriber *new;
	leat_chan chan;

	if (!broadcast || (lossy ? room == 0 : when_full != LEAT_BLOCK))
		return leat_ended(EINVAL);
	if (!(new = malloc(sizeof *new + BROADCAST_LINE + broadcast->type.size)))
		return leat_ended(ENOMEM);
	chan = leat_make_of(&broadcast->type, room);
	if (leat_never_started(chan)) {
		free(new);
		leat_drop(chan.tx);
		return chan.rx;
	}
	*new = (struct broadcast_subscriber){ .tx = chan.tx, .when_full = when_full, .copy = new + 1 };
	new->copy = (unsigned char *)new->copy + -(uintptr_t)new->copy % BROADCAST_LINE;
	broadcast_join(broadcast, new);
	return chan.rx;
}

/* ------------------------------------------------------------------------------------------- turns -- */

/* Wait for the turn, then move the new subscribers to the list. Returns 1, or -1 with errno. */
static int broadcast_begin(leat_broadcast *broadcast, leat_rx done, leat_time t)
{
	int result = 1;

	leat_monitor_enter(&broadcast->monitor);
	if (broadcast->taken)
		result = leat_monitor_wait(&broadcast->monitor, broadcast, done, t);
	if (result > 0) {
		broadcast->taken = 1;
		broadcast->count = 0;
		for (struct broadcast_subscriber *new; (new = broadcast->joined) != NULL; broadcast->first = new) {
			broadcast->joined = new->next;
			new->next = broadcast->first;
		}
	}
	leat_monitor_leave(&broadcast->monitor);
	return result;
}

/* Pass the turn on: if another publisher waits, the turn stays taken, and is that publisher's. */
static void broadcast_end(leat_broadcast *broadcast)
{
	broadcast_free(broadcast_take_gone(&broadcast->first));
	leat_monitor_enter(&broadcast->monitor);
	broadcast->taken = leat_monitor_wake(&broadcast->monitor);
	leat_monitor_leave(&broadcast->monitor);
}

/* ----------------------------------------------------------------------------------- publishing, with the turn -- */

/* Make room for a case for each subscriber. This comes first, so that without memory no subscriber gets the value.
 * Returns 0 or -errno. */
static int broadcast_make_room(leat_broadcast *broadcast)
{
	broadcast->cases = broadcast_count(broadcast->first);
	if (broadcast->cases <= broadcast->room)
		return 0;
	free(broadcast->on);
	broadcast->room = 2 * broadcast->cases;
	if (!(broadcast->on = malloc((1 + broadcast->room) * sizeof *broadcast->on)))
		broadcast->room = 0;
	return broadcast->on ? 0 : -ENOMEM;
}

/* Make the copies that the subscribers are to get. Returns 0 or -errno. */
static int broadcast_copy(leat_broadcast *broadcast, const void *value)
{
	int error = 0;

	for (struct broadcast_subscriber *to = broadcast->first; to && !error; to = to->next) {
		if (broadcast->type.copy)
			error = broadcast->type.copy(to->copy, value);
		if (!error)
			to->value = broadcast->type.copy ? to->copy : value;
	}
	return error;
}

static void broadcast_release(leat_broadcast *broadcast)
{
	for (struct broadcast_subscriber *to = broadcast->first; to; to = to->next) {
		if (to->value && broadcast->type.release)
			broadcast->type.release(to->copy);
		to->value = NULL;
	}
}

static int broadcast_send(const leat_broadcast *broadcast, const struct broadcast_subscriber *to)
{
	size_t size = broadcast->type.size;

	return to->when_full == LEAT_DROP_OLDEST ? leat_force_send_sized(to->tx, to->value, size) :
	                                           leat_send_sized(to->tx, to->value, size, LEAT_NOW);
}

/* Send to each subscriber that is ready. A subscriber that is not ready loses the value, or, if it chose LEAT_BLOCK,
 * gets a case. Returns how many have the value, or -1 with errno. */
static long broadcast_offer(leat_broadcast *broadcast)
{
	leat_case *on = broadcast->on;
	long have = 0;

	broadcast->pending = 0;
	for (struct broadcast_subscriber *to = broadcast->first; to; to = to->next) {
		int sent = broadcast_send(broadcast, to);

		*++on = (leat_case){ 0 };
		if (sent > 0) {
			to->value = NULL;
			have++;
		} else if (sent < 0 && errno != EAGAIN) {
			return -1;
		} else if (sent < 0 && to->when_full == LEAT_BLOCK) {
			*on = LEAT_SEND_SIZED(to->tx, to->value, broadcast->type.size);
			broadcast->pending++;
		}
	}
	return have;
}

/* The subscriber of this case has the value, or has left. */
static void broadcast_settle(leat_broadcast *broadcast, int chosen)
{
	struct broadcast_subscriber *to = broadcast->first;

	for (int i = 1; i < chosen; i++)
		to = to->next;
	if (broadcast->on[chosen].ok)
		to->value = NULL;
	broadcast->on[chosen] = (leat_case){ 0 };
	broadcast->pending--;
}

/* Wait until each subscriber with a case has the value or has left. Returns how many have it, or -1 with errno. */
static long broadcast_wait(leat_broadcast *broadcast, leat_rx done, leat_time t)
{
	leat_case *on = broadcast->on;
	long have = 0;

	while (broadcast->pending > 0) {
		int chosen;

		on[0] = LEAT_READY(done);
		chosen = leat_select_first_n(on, 1 + broadcast->cases, t);
		if (chosen == 0)
			return leat_refuse(ECANCELED);
		if (chosen < 0)
			return -1;
		have += on[chosen].ok;
		broadcast_settle(broadcast, chosen);
	}
	return have;
}

static long broadcast_give(leat_broadcast *broadcast, const void *value, leat_rx done, leat_time t)
{
	long have, more;
	int error = leat_wait_ready_by(done, LEAT_NOW) >= 0 ? -ECANCELED : broadcast_make_room(broadcast);

	if (!error)
		error = broadcast_copy(broadcast, value);
	if (error)
		return leat_refuse(-error);
	have = broadcast_offer(broadcast);
	more = have < 0 ? -1 : broadcast_wait(broadcast, done, t);
	return more < 0 ? -1 : have + more;
}

long leat_publish_at_(leat_broadcast *broadcast, const void *value, size_t size, leat_rx done, leat_time t,
                      const char *where)
{
	long have;
	int error;

	if (!broadcast)
		return leat_refuse(EINVAL);
	if (size != broadcast->type.size)
		leat_panic_(where, "publish of an element of %zu bytes in a broadcast of %s, which has %zu", size,
		            broadcast->type.name, broadcast->type.size);
	if (!value && size > 0)
		leat_panic_(where, "publish of NULL in a broadcast of %s", broadcast->type.name);
	if (broadcast_begin(broadcast, done, t) < 0)
		return -1;
	have = broadcast_give(broadcast, value, done, t);
	error = errno;
	broadcast_release(broadcast);
	broadcast_end(broadcast);
	errno = error;
	return have;
}

void leat_broadcast_drop(leat_broadcast *broadcast)
{
	if (!broadcast)
		return;
	broadcast_free(broadcast->first);
	broadcast_free(broadcast->joined);
	free(broadcast->on);
	free(broadcast);
}
