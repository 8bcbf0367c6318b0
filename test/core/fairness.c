/* SPDX-License-Identifier: 0BSD
 *
 * fairness.c - senders, receivers and selects that wait are served in the order in which they came. A thread that comes
 * later does not overtake one that waits.
 *
 * The tests look into the channel's own queue to see that a thread waits. So no test depends on how fast threads are.
 */
#include "../test.h"

#include "../../lib/internal.h"

enum { WAITERS = 12 };

static size_t queued(struct leat_channel *ch, const leati_queue *queue)
{
	size_t count = 0;

	leati_acquire(&ch->lock);
	for (const leat_case *each = queue->first; each; each = each->next_)
		count++;
	leati_release(&ch->lock);
	return count;
}

static void until_queued(struct leat_channel *ch, const leati_queue *queue, size_t count)
{
	while (queued(ch, queue) < count)
		sched_yield();
}

static void fill(leat_chan on)
{
	send_ints(on.tx, -(int)capacity, capacity);
}

/* A select in the background that waits on two channels. */
typedef struct {
	background behind;
	leat_chan on, other;
	int value, chosen;
} chooser;

static void select_send(void *of_chooser)
{
	chooser *self = of_chooser;
	int unused;
	leat_case on[] = { LEAT_RECV(self->other.rx, &unused), LEAT_SEND(self->on.tx, &self->value) };

	self->chosen = leat_select(on, LEAT_NEVER);
}

static void select_receive(void *of_chooser)
{
	chooser *self = of_chooser;
	int unused;
	leat_case on[] = { LEAT_RECV(self->other.rx, &unused), LEAT_RECV(self->on.rx, &self->value) };

	self->chosen = leat_select(on, LEAT_NEVER);
}

/* Every other waiter is a select, the rest are plain sends. */
static void senders_are_served_in_their_order(void)
{
	leat_chan on = leat_make(int, capacity), other = leat_make(int, 0);
	call calls[WAITERS];
	chooser selects[WAITERS];

	fill(on);
	for (int i = 0; i < WAITERS; i++) {
		selects[i] = (chooser){ .on = on, .other = other, .value = i };
		if (i % 2)
			begin(&selects[i].behind, select_send, &selects[i]);
		else
			begin_send(&calls[i], on, i);
		until_queued(on.tx.ch, &on.tx.ch->senders, (size_t)i + 1);
	}
	receive_ints(on.rx, -(int)capacity, capacity + WAITERS);
	for (int i = 0; i < WAITERS; i++)
		must_return(i % 2 ? &selects[i].behind : &calls[i].behind);
	leat_drop(on);
	leat_drop(other);
}

static void receivers_are_served_in_their_order(void)
{
	leat_chan on = leat_make(int, capacity), other = leat_make(int, 0);
	call calls[WAITERS];
	chooser selects[WAITERS];

	for (int i = 0; i < WAITERS; i++) {
		selects[i] = (chooser){ .on = on, .other = other, .value = -1 };
		if (i % 2)
			begin(&selects[i].behind, select_receive, &selects[i]);
		else
			begin_receive(&calls[i], on);
		until_queued(on.rx.ch, &on.rx.ch->receivers, (size_t)i + 1);
	}
	send_ints(on.tx, 0, WAITERS);
	for (int i = 0; i < WAITERS; i++) {
		must_return(i % 2 ? &selects[i].behind : &calls[i].behind);
		check((i % 2 ? selects[i].value : calls[i].value) == i);
	}
	leat_drop(on);
	leat_drop(other);
}

/* A value that is sent while a receiver waits goes to that receiver, even if another thread tries to receive at the
 * same time without waiting. */
static void nobody_overtakes_a_waiter(void)
{
	leat_chan on = leat_make(int, capacity);

	for (int i = 0; i < 100; i++) {
		call waiting;
		int got = -1;

		begin_receive(&waiting, on);
		until_queued(on.rx.ch, &on.rx.ch->receivers, 1);
		check(leat_send(on.tx, &i) == 1);
		check(leat_recv_by(on.rx, &got, LEAT_NOW) == -1 && errno == EAGAIN);
		must_return(&waiting.behind);
		check(waiting.result == 1 && waiting.value == i);
	}
	leat_drop(on);
}

/* The room that a receive makes goes to the sender that waits, not to one that comes now. */
static void room_goes_to_the_waiting_sender(void)
{
	leat_chan on = leat_make(int, capacity);

	fill(on);
	for (int i = 0; i < 100; i++) {
		call waiting;
		int got;

		begin_send(&waiting, on, i);
		until_queued(on.tx.ch, &on.tx.ch->senders, 1);
		check(leat_recv(on.rx, &got) == 1);
		check(leat_send_by(on.tx, &(int){ -1 }, LEAT_NOW) == -1 && errno == EAGAIN);
		must_return(&waiting.behind);
		check(waiting.result == 1 && got == i - (int)capacity);
	}
	leat_drop(on);
}

int main(int argc, char **argv)
{
	return RUN(senders_are_served_in_their_order, receivers_are_served_in_their_order, nobody_overtakes_a_waiter,
	           room_goes_to_the_waiting_sender);
}
