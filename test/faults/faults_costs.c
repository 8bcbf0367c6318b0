/* SPDX-License-Identifier: 0BSD
 *
 * faults_costs.c - the costs that docs/promises.md names. A channel and a stage take this number of blocks of memory
 * and of threads. A channel and a case have this size. Some calls do nothing if there is no memory.
 */
#include "faults.h"
#include "../../lib/internal.h"

static const leat_rx nil;

/* The number of allocations so far. Each of them makes `left` one less. */
static long blocks(void)
{
	return -atomic_load(&allocations.left);
}

static long threads(void)
{
	return -atomic_load(&starts.left);
}

static long blocks_of_channel(void)
{
	return capacity ? 2 : 1;
}

static void a_channel_has_256_bytes(void)
{
	size_t word = sizeof(void *);

	check(word != 8 || (sizeof(struct leat_channel) == 256 && sizeof(leat_case) == 120));
	check(sizeof(struct leat_channel) <= 256 && sizeof(leat_case) <= 120);
}

/* A channel of elements without bytes needs no ring. */
static void a_channel_is_one_block_and_one_for_its_ring(void)
{
	long before = blocks(), started = threads();
	leat_chan ints = leat_make(int, capacity), units;

	check(blocks() == before + blocks_of_channel());
	units = leat_make_of(&place_type, capacity);
	check(blocks() == before + blocks_of_channel() + 1 && threads() == started);
	leat_drop(ints);
	leat_drop(units);
}

static void timers_are_channels(void)
{
	long before = blocks(), started = threads();
	leat_rx at = leat_after(LEAT_S(1000)), tick = leat_tick(LEAT_S(1000));

	check(blocks() == before + 2 && threads() == started);
	leat_drop(at);
	leat_drop(tick);
}

/* Threads ask again and again whether their context is over. Once its timer is closed, the answer needs no look at the
 * clock, and so no lock. */
static void a_closed_timer_answers_without_the_clock(void)
{
	leat_rx due = leat_at(leat_now());
	leat_chan early = leat_make_until(leat_in(LEAT_MS(1)), 0);
	long before;

	check(leat_closed(due) == 1 && leat_close_with(early.tx, EPIPE) == 1);
	nap(2);
	before = atomic_load(&looks.left);
	check(leat_closed(due) == 1 && leat_cause(due) == ETIMEDOUT && leat_len(due) == 0);
	check(leat_closed(early) == 1 && leat_cause(early) == EPIPE && leat_len(early) == 0);
	check(leat_wait_by(due, LEAT_NOW) == 0 && leat_close(early.tx) == 0);
	check(atomic_load(&looks.left) == before);
	leat_drop(due);
	leat_drop(early);
}

/* Start a stage. It takes one block, and another one if its thread is new. Returns how many threads were new. */
static long new_threads_of_a_stage(void)
{
	leat_chan in = leat_make_of(&owned_type, capacity);
	long before = blocks(), started = threads(), new;
	leat_rx out = leat_map_of(nil, in.rx, &owned_type, same, NULL);

	new = threads() - started;
	check(blocks() == before + 1 + new + blocks_of_channel());
	leat_drop(in.tx);
	check(leat_drain(out) == 0 && leat_wait_all(LEAT_NEVER) == 1);
	return new;
}

/* If this thread does not run for a second, the idle thread ends, and the next stage needs a new one. */
static void a_stage_is_one_block_a_thread_and_a_channel(void)
{
	start_first_function();
	leat_trim();
	check(new_threads_of_a_stage() == 1);
	check(new_threads_of_a_stage() <= 1);
}

static void an_or_is_one_thread_whatever_the_number(void)
{
	enum { MEMBERS = 20 };
	leat_chan units[MEMBERS];
	leat_rx members[MEMBERS], any;
	long started;

	for (int i = 0; i < MEMBERS; i++) {
		units[i] = leat_make_unit();
		members[i] = units[i].rx;
	}
	leat_trim();
	started = threads();
	any = leat_or(members, MEMBERS);
	check(threads() == started + 1 && leat_live() == 1);
	leat_close(units[MEMBERS - 1].tx);
	check(leat_drain(any) == 0);
	for (int i = 0; i < MEMBERS; i++)
		leat_drop(units[i].tx);
}

/* A block for the members, one for the stage, one for its thread and one for its output. There are more members than
 * leat_stage_select has room for on its stack. */
static void an_or_needs_no_memory_to_wait(void)
{
	enum { MEMBERS = 20 };
	leat_chan units[MEMBERS];
	leat_rx members[MEMBERS], any;
	long before;

	for (int i = 0; i < MEMBERS; i++) {
		units[i] = leat_make_unit();
		members[i] = units[i].rx;
	}
	leat_trim();
	before = blocks();
	any = leat_or(members, MEMBERS);
	leat_close_with(units[MEMBERS - 1].tx, EPIPE);
	check(leat_wait(any) == 0 && leat_cause(any) == EPIPE && blocks() == before + 4);
	leat_drop(any);
	for (int i = 0; i < MEMBERS; i++)
		leat_drop(units[i].tx);
}

static void contexts_broadcasts_and_queues_have_no_thread(void)
{
	long started = threads();
	leat_context *context = leat_context_with_timeout(leat_context_background(), LEAT_S(1000));
	leat_context *child = leat_context_with_cancel(context);
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx subscribed = leat_buffer(leat_subscribe(broadcast, 1, LEAT_BLOCK), 3);
	int n = 7;

	check(leat_publish(broadcast, &n, leat_context_done(child), LEAT_NEVER) == 1);
	check(leat_recv(subscribed, &n) == 1 && n == 7);
	check(leat_context_cancel(context) == 1 && leat_context_err(child) == ECANCELED);
	leat_broadcast_drop(broadcast);
	leat_drop(subscribed);
	leat_context_drop(child);
	leat_context_drop(context);
	check(threads() == started && leat_live() == 0);
}

/* ---------------------------------------------------------------------------------------- calls that need memory -- */

typedef union { owned value; char bytes[512]; } large;
typedef union { owned value; char bytes[520]; } larger;

static const leat_type large_type = { "large", sizeof(large), NULL, owned_release };
static const leat_type larger_type = { "larger", sizeof(larger), NULL, owned_release };

/* The call fails with ENOMEM if there is no memory. */
#define must_do_nothing(call) \
	(atomic_store(&allocations.left, 0), check((call) == -1 && errno == ENOMEM), \
	 atomic_store(&allocations.left, -1))

static void who_discards_large_values_needs_memory(void)
{
	leat_chan chan = leat_make_of(&large_type, 1);
	large value = { .value = own(1) };
	long before = blocks();

	check(leat_force_send(chan.tx, &value) == 1 && blocks() == before);
	must_do_nothing(leat_wait(chan.rx));
	must_do_nothing(leat_select(((leat_case[]){ LEAT_WAIT(chan.rx) }), LEAT_NOW));
	check(leat_len(chan) == 1);
	check(leat_wait(chan.rx) == 1 && atomic_load(&owned_alive) == 0);
	leat_drop(chan);
}

static void who_pushes_larger_ones_needs_memory(void)
{
	leat_chan chan = leat_make_of(&larger_type, 1);
	larger first = { .value = own(1) }, second = { .value = own(2) };

	check(leat_send(chan.tx, &first) == 1);
	must_do_nothing(leat_force_send(chan.tx, &second));
	check(leat_force_send(chan.tx, &second) == 1 && atomic_load(&owned_alive) == 1);
	leat_drop(chan);
}

static leat_chan gate;

static void wait_for_gate(void *arg)
{
	(void)arg;
	check(leat_wait(gate.rx) == 0);
}

static void waiting_for_all_needs_no_memory(void)
{
	gate = leat_make_unit();
	check(leat_go(wait_for_gate, NULL) == 1);
	atomic_store(&allocations.left, 0);
	check(leat_wait_all(LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_wait_all(leat_in(LEAT_MS(2))) == -1 && errno == ETIMEDOUT);
	leat_close(gate.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_exchange(&allocations.left, -1) == 0); /* nothing was asked for */
	leat_drop(gate);
}

int main(int argc, char **argv)
{
	return RUN(a_channel_has_256_bytes, a_channel_is_one_block_and_one_for_its_ring, timers_are_channels,
	           a_closed_timer_answers_without_the_clock, a_stage_is_one_block_a_thread_and_a_channel,
	           an_or_is_one_thread_whatever_the_number, an_or_needs_no_memory_to_wait,
	           contexts_broadcasts_and_queues_have_no_thread, who_discards_large_values_needs_memory,
	           who_pushes_larger_ones_needs_memory, waiting_for_all_needs_no_memory);
}
