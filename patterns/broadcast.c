/* leat_broadcast - each value to all subscribers, which come and go.
 *
 *                       /-> a b c
 *     a b c -> publish ---> a b c
 *                       \->   b c
 *
 * There is no thread: the publisher itself sends to all subscribers that are ready, then selects over the others.
 *
 * Publishers take turns, in a monitor's line. copy and release are called without the turn, so they may publish too: a
 * publisher makes its copies before its turn. It releases copies that no subscriber took, and values that a subscriber
 * has lost, after its turn.
 *
 * The subscribers are in a list, the newest first. A subscriber never waits for a publisher: it puts itself in front of
 * the list. It may remove subscribers that have left, but only those in front of the ones that the publisher sends to.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

enum { BROADCAST_LINE = 64 }; /* alignment of the copies, in bytes */

struct broadcast_subscriber {
	leat_tx tx;
	int when_full;
	uint64_t number;                      /* the first subscriber has 1 */
	struct broadcast_subscriber *next;
};

struct leat_broadcast {
	leat_type type;
	leat_monitor monitor;                 /* protects the next six; publishers wait for the turn in its line */
	int taken;                            /* 1: a publisher has the turn */
	struct broadcast_subscriber *first;
	struct broadcast_subscriber *turn;    /* the first that the publisher sends to; it sends to all from there on */
	uint64_t last;                        /* number of the newest subscriber */
	size_t count, enough;                 /* the list's length; the length at which those that left are removed */
	leat_case *on;                        /* of the turn's publisher: for done, then for each subscriber */
	size_t room;                          /* subscribers that fit in `on` */
};

/* One call of leat_publish. It sends to those that were subscribed when it began: up to number `last`. */
struct broadcast_call {
	leat_broadcast *broadcast;
	const void *value;
	uint64_t last;
	size_t count;                         /* how many subscribers there were; some may have left */
	void **copies;                        /* NULL if the type has no copy. copies[i] is for the i-th subscriber.
	                                       * Once it is sent: the value that this subscriber lost, or NULL */
	void *spare;                          /* room for the next value that is lost; NULL if the type has no copy */
	int left;                             /* 1: a subscriber has left */
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

/* The caller is inside the monitor. Remove the subscribers that have left from the list, as far as `end`. Returns them
 * as a list of their own. */
static struct broadcast_subscriber *broadcast_take_gone(leat_broadcast *broadcast,
                                                        const struct broadcast_subscriber *end)
{
	struct broadcast_subscriber *gone = NULL, *one, **at = &broadcast->first;

	while ((one = *at) != end) {
		if (!leat_closed(one->tx)) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		one->next = gone;
		gone = one;
		broadcast->count--;
	}
	broadcast->enough = 2 * broadcast->count + 4;
	return gone;
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
	if (broadcast->count >= broadcast->enough)
		gone = broadcast_take_gone(broadcast, broadcast->turn);
	new->number = ++broadcast->last;
	new->next = broadcast->first;
	broadcast->first = new;
	broadcast->count++;
	leat_monitor_leave(&broadcast->monitor);
	broadcast_free(gone);
}

leat_rx (leat_subscribe)(leat_broadcast *broadcast, size_t room, int when_full)
{
	int lossy = when_full == LEAT_DROP_OLDEST || when_full == LEAT_DROP_NEWEST;
	struct broadcast_subscriber *new;
	leat_chan chan;

	if (!broadcast || (lossy ? room == 0 : when_full != LEAT_BLOCK))
		return leat_ended(EINVAL);
	if (!(new = malloc(sizeof *new)))
		return leat_ended(ENOMEM);
	chan = lossy ? leat_make_exactly_(&broadcast->type, room) : leat_make_of(&broadcast->type, room);
	if (leat_never_started(chan)) {
		free(new);
		leat_drop(chan.tx);
		return chan.rx;
	}
	*new = (struct broadcast_subscriber){ .tx = chan.tx, .when_full = when_full };
	broadcast_join(broadcast, new);
	return chan.rx;
}

size_t leat_subscribers(leat_broadcast *broadcast)
{
	size_t n = 0;

	if (!broadcast)
		return 0;
	leat_monitor_enter(&broadcast->monitor);
	for (const struct broadcast_subscriber *one = broadcast->first; one; one = one->next)
		n += !leat_closed(one->tx);
	leat_monitor_leave(&broadcast->monitor);
	return n;
}

/* ------------------------------------------------------------------------------- without the turn -- */

/* Release what is left of the copies. */
static void broadcast_release(struct broadcast_call *self)
{
	const leat_type *type = &self->broadcast->type;

	for (size_t i = 0; self->copies && type->release && i < self->count; i++)
		if (self->copies[i])
			type->release(self->copies[i]);
	free(self->copies);
}

/* Make a copy for each subscriber, before any of them gets the value. Returns 0 or -errno. */
static int broadcast_copy(struct broadcast_call *self)
{
	const leat_type *type = &self->broadcast->type;
	size_t n = self->count, stride = (type->size + BROADCAST_LINE) / BROADCAST_LINE * BROADCAST_LINE;
	unsigned char *room;
	int error = 0;

	if (n < (PTRDIFF_MAX - BROADCAST_LINE) / (stride + sizeof *self->copies) - 1)
		self->copies = malloc((n + 1) * (stride + sizeof *self->copies) + BROADCAST_LINE);
	if (!self->copies)
		return -ENOMEM;
	room = (unsigned char *)(self->copies + n);
	room += -(uintptr_t)room % BROADCAST_LINE;
	for (size_t i = 0; i < n; i++, room += stride) {
		if (!error)
			error = type->copy(room, self->value);
		self->copies[i] = error ? NULL : room;
	}
	self->spare = room;
	return error;
}

/* ------------------------------------------------------------------------------------------- turns -- */

/* Make the copies, then wait for the turn. Returns 1, or -1 with errno. */
static int broadcast_begin(struct broadcast_call *self, leat_rx done, leat_time t)
{
	leat_until_ until = { .done = done, .what = "room in a broadcast" };
	leat_broadcast *broadcast = self->broadcast;
	int result = 1, error = 0;

	leat_monitor_enter(&broadcast->monitor);
	self->last = broadcast->last;
	self->count = broadcast->count;
	if (broadcast->type.copy && self->count && !(broadcast->taken && t == LEAT_NOW)) {
		leat_monitor_leave(&broadcast->monitor);
		error = broadcast_copy(self);
		leat_monitor_enter(&broadcast->monitor);
	}
	if (error)
		result = leat_refuse(leat_errno_of_(error));
	else if (broadcast->taken)
		result = leat_monitor_wait_until_(&broadcast->monitor, broadcast, until, t);
	if (result > 0) {
		broadcast->taken = 1;
		broadcast->turn = broadcast->first;
		while (broadcast->turn && broadcast->turn->number > self->last)
			broadcast->turn = broadcast->turn->next;
	}
	leat_monitor_leave(&broadcast->monitor);
	return result;
}

/* Pass the turn on: if another publisher waits, the turn stays taken, and is that publisher's. */
static void broadcast_end(struct broadcast_call *self)
{
	leat_broadcast *broadcast = self->broadcast;
	struct broadcast_subscriber *gone = NULL;

	leat_monitor_enter(&broadcast->monitor);
	broadcast->turn = NULL;
	if (self->left)
		gone = broadcast_take_gone(broadcast, NULL);
	broadcast->taken = leat_monitor_wake(&broadcast->monitor);
	leat_monitor_leave(&broadcast->monitor);
	broadcast_free(gone);
}

/* ----------------------------------------------------------------------------------- publishing, with the turn -- */

/* Make room for a case for each subscriber, before any of them gets the value. Returns 1, or -1 with ENOMEM. */
static int broadcast_make_room(const struct broadcast_call *self)
{
	leat_broadcast *broadcast = self->broadcast;

	if (self->count <= broadcast->room)
		return 1;
	free(broadcast->on);
	broadcast->room = 2 * self->count;
	if (!(broadcast->on = malloc((1 + broadcast->room) * sizeof *broadcast->on)))
		broadcast->room = 0;
	return broadcast->on ? 1 : leat_refuse(ENOMEM);
}

/* The value that the i-th subscriber gets. */
static const void *broadcast_value(const struct broadcast_call *self, size_t i)
{
	return self->copies ? self->copies[i] : self->value;
}

/* Send to the i-th subscriber without waiting. A value that it loses takes the place of its copy. */
static int broadcast_send(struct broadcast_call *self, const struct broadcast_subscriber *to, size_t i)
{
	const void *value = broadcast_value(self, i);
	size_t size = self->broadcast->type.size;
	int sent, displaced = 0;

	if (to->when_full == LEAT_DROP_OLDEST)
		sent = leat_displace_at_(to->tx, value, size, self->spare, &displaced, NULL);
	else
		sent = leat_send_sized(to->tx, value, size, LEAT_NOW);
	if (sent > 0 && self->copies) {
		void *sent_from = self->copies[i];

		self->copies[i] = displaced ? self->spare : NULL;
		self->spare = displaced ? sent_from : self->spare;
	}
	return sent;
}

/* Send to each subscriber that is ready. A subscriber that is not ready loses the value, or, if it chose LEAT_BLOCK,
 * gets a case. Returns how many have the value. *cases: the number of cases; *pending: those that wait. */
static long broadcast_offer(struct broadcast_call *self, size_t *cases, size_t *pending)
{
	leat_case *on = self->broadcast->on;
	long have = 0;
	size_t i = 0;

	for (const struct broadcast_subscriber *to = self->broadcast->turn; to; to = to->next, i++) {
		int sent = broadcast_send(self, to, i), waits = sent < 0 && to->when_full == LEAT_BLOCK;

		on[1 + i] = waits ? LEAT_SEND_SIZED(to->tx, broadcast_value(self, i), self->broadcast->type.size) :
		                    (leat_case){ 0 };
		*pending += (size_t)waits;
		self->left |= sent == 0;
		if (sent < 0 && !waits)
			leat_lose_(to->tx);
		have += sent > 0;
	}
	*cases = 1 + i;
	return have;
}

/* Send to all. Returns how many have the value, or -1 with errno. */
static long broadcast_give(struct broadcast_call *self, leat_rx done, leat_time t)
{
	leat_case *on = self->broadcast->on;
	size_t cases, pending = 0;
	long have = broadcast_offer(self, &cases, &pending);

	for (; pending > 0; pending--) {
		int chosen;

		on[0] = LEAT_READY(done);
		chosen = leat_select_first_n(on, cases, t);
		if (chosen <= 0)
			return chosen < 0 ? -1 : leat_refuse(ECANCELED);
		if (on[chosen].ok && self->copies)
			self->copies[chosen - 1] = NULL;
		have += on[chosen].ok;
		self->left |= !on[chosen].ok;
		on[chosen] = (leat_case){ 0 };
	}
	return have;
}

/* Take a turn. Returns as leat_publish. */
static long broadcast_publish(struct broadcast_call *self, leat_rx done, leat_time t)
{
	long have = -1;
	int error;

	if (broadcast_begin(self, done, t) < 0)
		return -1;
	if (leat_wait_ready_by(done, LEAT_NOW) >= 0)
		errno = ECANCELED;
	else if (broadcast_make_room(self) > 0)
		have = broadcast_give(self, done, t);
	error = errno;
	broadcast_end(self);
	errno = error;
	return have;
}

long leat_publish_at_(leat_broadcast *broadcast, const void *value, size_t size, leat_rx done, leat_time t,
                      const char *where)
{
	struct broadcast_call self = { .broadcast = broadcast, .value = value };
	long have;
	int error;

	if (!broadcast)
		return leat_refuse(EINVAL);
	if (size != broadcast->type.size)
		leat_panic_(where, "publish of an element of %zu bytes in a broadcast of %s, which has %zu", size,
		            broadcast->type.name, broadcast->type.size);
	if (!value && size > 0)
		leat_panic_(where, "publish of NULL in a broadcast of %s", broadcast->type.name);
	have = broadcast_publish(&self, done, t);
	error = errno;
	broadcast_release(&self);
	errno = error;
	return have;
}

void leat_broadcast_drop(leat_broadcast *broadcast)
{
	if (!broadcast)
		return;
	broadcast_free(broadcast->first);
	free(broadcast->on);
	free(broadcast);
}
