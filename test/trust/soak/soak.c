/* SPDX-License-Identifier: 0BSD
 *
 * soak.c - nothing is lost, doubled or out of order, however long it runs. Eight threads send to eight others, mostly
 * by random selects over channels that are closed, dropped and replaced meanwhile. The rest of the library works at the
 * same time. The soak runs in rounds of a second or two. After each round, when all threads have ended, two things must
 * hold. The values that each sender has sent are those that all threads have received or released. And the memory is
 * what it was.
 *
 *     soak -m 10                  ten minutes
 *     soak -n 1000000000          until this many messages went through a random select at both ends
 *     soak -s 7                   with this seed
 *
 * WHY IT CANNOT HANG BY ITSELF. A thread has only one end of each channel. There are two kinds of channels, and each
 * has its kind from the beginning. A closing channel is closed by the thread that replaces it, which wakes all threads
 * that wait. The handles of the other kind are only dropped, when their threads see that the channel was replaced. A
 * wait without a deadline has a closing channel among its cases, and every millisecond some channel is replaced.
 */
#define _DEFAULT_SOURCE /* process.h needs it */
#define _POSIX_C_SOURCE 200809L
#include "beside.h"
#include "../../number.h"
#include "../process.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum {
	SENDERS = 8, RECEIVERS = 8,
	WORKERS = SENDERS + RECEIVERS,
	KEEPER = WORKERS,         /* the main thread, which releases values too */
	MOST_CASES = 6,
	SELECTS = 48,             /* selects in a row over the same cases */
	OTHERS = 4,               /* sends or receives of other kinds in a row */
	BATCH = 32,
	HANG = 60,                /* after this many seconds without a message, the soak counts as hung */
#ifdef LEAT_JEMALLOC
	SLACK = 8 << 10,          /* bytes that stdio and the allocator may take for themselves */
#else
	SLACK = 64 << 10,
#endif
	MOST_RESIDENT = 32 << 20, /* bytes: the memory in use may be spread over more pages */
	THREADS = WORKERS + 1
};

/* The values go from senders to receivers through all but the last two of these channels. Through the last two they go
 * back, so that all threads select over sends and receives. */
static const size_t capacities[] = { 128, 128, 128, 128, 0, 1, 3, 3, 128 };
enum { SLOTS = sizeof capacities / sizeof *capacities, FORTH = SLOTS - 2, BULK = 4 };

/* A message: the number of its sender in the highest byte, then a bit that tells whether a random select sent it, then
 * its number, from 1. */
static const uint64_t by_select = (uint64_t)1 << 55;

/* Three sums that tell a set of numbers from all others, with an error of one in 2^64. */
struct tally { uint64_t count, sum, squares; };

struct held { leat_chan end; unsigned version; };

/* The figures. Each thread counts its own. */
enum { SENT, RECEIVED, RELEASED, THROUGH, CHOSEN, LATE, REFUSED, CLOSED, LET_GO, FIGURES };

struct worker {
	_Alignas(LINE) unsigned number;
	uint64_t random;
	struct held held[SLOTS];
	struct tally sent, got[THREADS];
	uint64_t last[SLOTS][THREADS]; /* the last number from each sender in this channel */
	uint64_t figures[FIGURES];
	_Alignas(LINE) _Atomic uint64_t through; /* a copy of figures[THROUGH] for other threads */
	const char *_Atomic doing;
	atomic_int where;
};

/* A place that always has a channel, though not always the same one. */
static struct slot {
	_Alignas(LINE) leat_mutex mutex;
	leat_chan now;
	_Alignas(LINE) atomic_uint version; /* of the present channel; odd for a closing one */
} slots[SLOTS];

static struct worker workers[THREADS];
static _Thread_local struct worker *self;
static uint64_t seed;

/* ------------------------------------------------------------------------------------------------ accounts -- */

static void add(struct tally *tally, uint64_t number)
{
	tally->count++;
	tally->sum += number;
	tally->squares += number * number;
}

static uint64_t number_of(uint64_t word)
{
	return word & (by_select - 1);
}

/* The next message. It counts only when it was sent. */
static uint64_t next_word(uint64_t flag)
{
	return (uint64_t)self->number << 56 | flag | (self->sent.count + 1);
}

static void sent(void)
{
	add(&self->sent, self->sent.count + 1);
}

/* Each message comes to one thread only, in one of several ways. */
static void got(uint64_t word)
{
	must(word >> 56 < WORKERS);
	add(&self->got[word >> 56], number_of(word));
}

static void received(int slot, uint64_t word)
{
	uint64_t *last = &self->last[slot][word >> 56 & 31];

	got(word);
	if (number_of(word) <= *last) {
		fprintf(stderr, "soak: out of order: after %llu of sender %u, %llu came in channel %d (seed %llu)\n",
		        (unsigned long long)*last, (unsigned)(word >> 56), (unsigned long long)number_of(word), slot,
		        (unsigned long long)seed);
		_exit(1);
	}
	*last = number_of(word);
	self->figures[RECEIVED]++;
}

static void release_word(void *word)
{
	got(*(uint64_t *)word);
	self->figures[RELEASED]++;
}

static const leat_type word_type = { "word", sizeof(uint64_t), NULL, release_word };

/* ------------------------------------------------------------------------------------------ slots, handles -- */

/* In the channels that go forth, senders have the sending end. */
static bool sends_to(const struct worker *worker, int slot)
{
	return (worker->number < SENDERS) == (slot < FORTH);
}

static bool is_closing(int slot)
{
	return self->held[slot].version & 1;
}

static void let_go(int slot)
{
	leat_drop(self->held[slot].end);
	self->held[slot].end = (leat_chan){ { NULL }, { NULL } };
}

/* Take one's own handle of the channel that is in the slot now. */
static void take_hold(int slot)
{
	struct slot *from = &slots[slot];
	struct held *held = &self->held[slot];

	if (held->version == atomic_load_explicit(&from->version, memory_order_relaxed))
		return;
	let_go(slot);
	leat_mutex_lock(&from->mutex);
	held->version = atomic_load_explicit(&from->version, memory_order_relaxed);
	if (sends_to(self, slot))
		held->end.tx = leat_dup(from->now.tx);
	else
		held->end.rx = leat_dup(from->now.rx);
	leat_mutex_unlock(&from->mutex);
	memset(self->last[slot], 0, sizeof self->last[slot]);
}

/* Put another channel into the slot, and end the old one while threads use it. */
static void replace(int slot)
{
	struct slot *in = &slots[slot];
	leat_chan old, made = leat_make_of(&word_type, capacities[slot]);
	unsigned version;

	must(!leat_never_started(made));
	leat_mutex_lock(&in->mutex);
	if (stopped()) {
		leat_mutex_unlock(&in->mutex);
		leat_drop(made);
		return;
	}
	old = in->now;
	in->now = made;
	version = atomic_load_explicit(&in->version, memory_order_relaxed);
	atomic_store_explicit(&in->version, (version | 1) + 1 + below(&self->random, 2), memory_order_relaxed);
	leat_mutex_unlock(&in->mutex);
	if (version & 1)
		must(leat_close_with(old.tx, EPIPE) == 1);
	self->figures[version & 1 ? CLOSED : LET_GO]++;
	leat_drop(old);
}

/* ------------------------------------------------------------------------------------------ random selects -- */

static void doing(const char *what, int slot)
{
	atomic_store_explicit(&self->doing, what, memory_order_relaxed);
	atomic_store_explicit(&self->where, slot, memory_order_relaxed);
}

/* Wait for ever only if a close will end the wait. Most deadlines are far away. */
static leat_time deadline(bool closing)
{
	unsigned chance = below(&self->random, 8);

	if (closing && chance < 6)
		return LEAT_NEVER;
	return leat_in(LEAT_US(chance == 0 ? (int64_t)below(&self->random, 50) : 2000 + 500 * (int64_t)chance));
}

/* Mostly one of the channels with much room. */
static int any_slot(void)
{
	return (int)below(&self->random, below(&self->random, 8) ? BULK : SLOTS);
}

/* *closing is set if a close of the channel decides the case. A close does not decide LEAT_GONE, because there may
 * still be receivers. */
static leat_case case_of(int slot, uint64_t *in, const uint64_t *out, bool *closing)
{
	const leat_chan *end = &self->held[slot].end;
	bool other = below(&self->random, 64) == 0;

	if (sends_to(self, slot) && other)
		return LEAT_GONE(end->tx);
	*closing |= is_closing(slot);
	if (sends_to(self, slot))
		return LEAT_SEND(end->tx, out);
	return other ? LEAT_WAIT(end->rx) : LEAT_RECV(end->rx, in);
}

/* Count the value that a select moved. `in` is 0 if the value was discarded. */
static void account(int slot, uint64_t in, uint64_t flag)
{
	if (sends_to(self, slot)) {
		sent();
	} else if (in) {
		received(slot, in);
		self->figures[THROUGH] += (in & by_select) && flag;
	}
}

static void select_some(void)
{
	leat_case on[MOST_CASES];
	int of[MOST_CASES];
	unsigned n = 1 + below(&self->random, MOST_CASES);
	bool closing = false, in_order = below(&self->random, 32) == 0;
	uint64_t in, out, flag = in_order ? 0 : by_select;
	leat_time t;

	for (unsigned i = 0; i < n; i++) {
		of[i] = any_slot();
		on[i] = case_of(of[i], &in, &out, &closing);
	}
	t = deadline(closing);
	doing(in_order ? "leat_select_first" : "leat_select", (int)n);
	for (int i = 0; i < SELECTS; i++) {
		int chosen;

		in = 0;
		out = next_word(flag);
		chosen = in_order ? leat_select_first_n(on, n, t) : leat_select_n(on, n, t);
		self->figures[CHOSEN]++;
		if (chosen < 0) {
			must(errno == ETIMEDOUT);
			self->figures[LATE]++;
			break;
		}
		if (!on[chosen].ok)
			break;
		account(of[chosen], in, flag);
	}
	atomic_store_explicit(&self->through, self->figures[THROUGH], memory_order_relaxed);
}

/* --------------------------------------------------------------------------------------------- other calls -- */

/* Returns whether a value moved. Counts the calls that gave up. */
static bool moved(long result)
{
	if (result < 0) {
		must(errno == ETIMEDOUT || errno == EAGAIN);
		self->figures[errno == EAGAIN ? REFUSED : LATE]++;
	}
	return result > 0;
}

static bool send_one(leat_tx tx, leat_time t)
{
	uint64_t out = next_word(0);
	int result = t == LEAT_NEVER ? leat_send(tx, &out) : leat_send_by(tx, &out, t);

	if (result == 1)
		sent();
	return moved(result);
}

static bool push_one(leat_tx tx)
{
	uint64_t out = next_word(0);
	int result = leat_force_send(tx, &out);

	if (result == 1)
		sent();
	return moved(result);
}

static bool send_many(leat_tx tx, leat_time t)
{
	uint64_t out[BATCH];
	long result;

	for (uint64_t i = 0; i < BATCH; i++)
		out[i] = next_word(0) + i;
	result = leat_send_n(tx, out, 1 + below(&self->random, BATCH), t);
	for (long i = 0; i < result; i++)
		sent();
	return moved(result);
}

static bool receive_one(int slot, leat_time t)
{
	leat_rx rx = self->held[slot].end.rx;
	uint64_t in;
	int result = t == LEAT_NEVER ? leat_recv(rx, &in) : leat_recv_by(rx, &in, t);

	if (result == 1)
		received(slot, in);
	return moved(result);
}

static bool receive_many(int slot, leat_time t)
{
	uint64_t in[BATCH];
	long result = leat_recv_n(self->held[slot].end.rx, in, 1 + below(&self->random, BATCH), t);

	for (long i = 0; i < result; i++)
		received(slot, in[i]);
	return moved(result);
}

/* Calls of other kinds: plain, with a deadline, without waiting, batches, forced sends, and discards. */
static void other_calls(void)
{
	int slot = (int)below(&self->random, SLOTS);
	unsigned kind = below(&self->random, 8);
	leat_tx tx = self->held[slot].end.tx;
	bool goes_on = true;

	doing(sends_to(self, slot) ? "a send" : "a receive", slot);
	for (int i = 0; i < OTHERS && goes_on; i++) {
		leat_time t = kind == 0 ? LEAT_NOW : kind < 3 ? leat_in(LEAT_US((int64_t)below(&self->random, 50))) :
		              deadline(is_closing(slot));

		if (sends_to(self, slot))
			goes_on = kind == 7 ? push_one(tx) : kind > 4 ? send_many(tx, t) : send_one(tx, t);
		else if (kind == 7)
			goes_on = moved(leat_wait_by(self->held[slot].end.rx, t));
		else
			goes_on = kind > 4 ? receive_many(slot, t) : receive_one(slot, t);
	}
}

static void work(void *arg)
{
	self = arg;
	while (!stopped()) {
		for (int slot = 0; slot < SLOTS; slot++)
			take_hold(slot);
		if (below(&self->random, 16))
			select_some();
		else
			other_calls();
		if (below(&self->random, 24) == 0)
			replace((int)below(&self->random, SLOTS));
	}
	doing("its end", 0);
	for (int slot = 0; slot < SLOTS; slot++)
		let_go(slot);
}

/* ----------------------------------------------------------------------------------------- what it comes to -- */

static uint64_t figure(int which)
{
	uint64_t sum = 0;

	for (int i = 0; i < THREADS; i++)
		sum += which == SENT ? workers[i].sent.count : workers[i].figures[which];
	return sum;
}

static uint64_t through_so_far(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < WORKERS; i++)
		sum += atomic_load_explicit(&workers[i].through, memory_order_relaxed);
	return sum;
}

/* No thread runs. Each message of this sender has arrived somewhere, once. */
static void check_sender(int sender)
{
	const struct tally *out = &workers[sender].sent;
	struct tally in = { 0, 0, 0 };

	for (int i = 0; i < THREADS; i++) {
		in.count += workers[i].got[sender].count;
		in.sum += workers[i].got[sender].sum;
		in.squares += workers[i].got[sender].squares;
	}
	if (in.count == out->count && in.sum == out->sum && in.squares == out->squares)
		return;
	fprintf(stderr, "soak: thread %d sent %llu messages, and %llu were received or released%s (seed %llu)\n",
	        sender, (unsigned long long)out->count, (unsigned long long)in.count,
	        in.count < out->count ? ": lost" : in.count > out->count ? ": twice" : ": others",
	        (unsigned long long)seed);
	_exit(1);
}

/* ---------------------------------------------------------------------------------------------- the watchdog -- */

static atomic_bool over;

static void say_where_all_are(void)
{
	fprintf(stderr, "soak: no message for %d s (seed %llu)\n", HANG, (unsigned long long)seed);
	for (int i = 0; i < THREADS; i++)
		fprintf(stderr, "  thread %2d: in %s %d\n", i, atomic_load(&workers[i].doing),
		        atomic_load(&workers[i].where));
	for (int i = 0; i < BESIDES; i++)
		fprintf(stderr, "  %s: turn %lu\n", besides[i].name, atomic_load(&besides[i].turns));
}

/* The watchdog uses no clock and no wait of the library. */
static void *watch(void *arg)
{
	uint64_t before = 0;

	for (int tenths = 0; !atomic_load(&over); tenths++) {
		uint64_t now = through_so_far();

		nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
		if (now != before)
			tenths = 0;
		before = now;
		if (tenths > 10 * HANG) {
			say_where_all_are();
			abort();
		}
	}
	return arg;
}

/* ------------------------------------------------------------------------------------------------ the rounds -- */

static leat_time begun;
static size_t memory_before, memory, resident_before;
static int threads_before; /* with the watchdog, and those that a sanitizer adds */

static void report(void)
{
	printf("soak: %.0f s: %llu M messages, %llu M selects, %llu closes, %llu drops, %llu k late, %llu k refused; "
	       "%llu cancels, %llu groups, %llu restarts, %llu pipelines; memory %zu KiB (%zu resident), %d threads, "
	       "0 errors\n", (double)(leat_now() - begun) / 1e9, (unsigned long long)figure(RECEIVED) / 1000000,
	       (unsigned long long)figure(CHOSEN) / 1000000, (unsigned long long)figure(CLOSED),
	       (unsigned long long)figure(LET_GO), (unsigned long long)figure(LATE) / 1000,
	       (unsigned long long)figure(REFUSED) / 1000, (unsigned long long)besides_done(CANCELS),
	       (unsigned long long)besides_done(GROUPS), (unsigned long long)besides_done(RESTARTS),
	       (unsigned long long)besides_done(PIPELINES), memory >> 10, resident() >> 10, count_threads());
	must(fflush(stdout) == 0);
}

/* Print the figures. An error would have ended the program before. */
static void conclude(void)
{
	printf("soak: %llu messages by %llu selects, %llu closes, %llu drops: %llu received, %llu released; "
	       "memory %zu -> %zu KiB; threads %d\n", (unsigned long long)figure(SENT),
	       (unsigned long long)figure(CHOSEN), (unsigned long long)figure(CLOSED),
	       (unsigned long long)figure(LET_GO), (unsigned long long)figure(RECEIVED),
	       (unsigned long long)figure(RELEASED), memory_before >> 10, memory >> 10, threads_before - 1);
	printf("soak: messages through random select at both ends, with close races: %llu; "
	       "lost 0, twice 0, out of order 0\n", (unsigned long long)figure(THROUGH));
}

static void begin_round(leat_waitgroup *group)
{
	atomic_store(&stop, false);
	for (int i = 0; i < SLOTS; i++) {
		slots[i].now = leat_make_of(&word_type, capacities[i]);
		must(!leat_never_started(slots[i].now));
		atomic_fetch_add(&slots[i].version, 1 + below(&self->random, 2));
	}
	for (int i = 0; i < WORKERS; i++)
		must(leat_waitgroup_go(group, work, &workers[i]) == 1);
	for (int i = 0; i < BESIDES; i++)
		must(leat_waitgroup_go(group, take_turns, &besides[i]) == 1);
}

/* End the channels in all slots, so that all threads return. No thread puts in another one. */
static void end_round(leat_waitgroup *group)
{
	atomic_store(&stop, true);
	for (int i = 0; i < SLOTS; i++) {
		leat_mutex_lock(&slots[i].mutex);
		leat_close(slots[i].now.tx);
		leat_mutex_unlock(&slots[i].mutex);
	}
	must(leat_waitgroup_wait(group, LEAT_NEVER) == 1);
	for (int i = 0; i < SLOTS; i++)
		leat_drop(slots[i].now);
	must(leat_wait_all(LEAT_NEVER) == 1);
	leat_trim();
	must(leat_live() == 0);
}

static void check_round(void)
{
	for (int i = 0; i < WORKERS; i++)
		check_sender(i);
	must(figure(SENT) == figure(RECEIVED) + figure(RELEASED));
	must(threads_down_to(threads_before) == threads_before);
	memory = allocated();
	if (!resident_before) { /* the first round, because the first use by each thread belongs to it */
		resident_before = resident();
		memory_before = memory;
	}
	if (memory > memory_before + SLACK || resident() > resident_before + MOST_RESIDENT) {
		fprintf(stderr, "soak: memory: %zu KiB after the first round, now %zu; resident %zu, %zu (seed %llu)\n",
		        memory_before >> 10, memory >> 10, resident_before >> 10, resident() >> 10,
		        (unsigned long long)seed);
		_exit(1);
	}
}

/* Run until `messages` messages went through, or until t. */
static void run_round(uint64_t messages, leat_time t)
{
	leat_waitgroup group = { 0 };

	doing("its round", 0);
	begin_round(&group);
	while (through_so_far() < messages && leat_now() < t) {
		leat_sleep(LEAT_MS(1));
		replace((int)below(&self->random, SLOTS));
	}
	doing("the end of its round", 0);
	end_round(&group);
	check_round();
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void run(uint64_t messages, leat_time t)
{
	uint64_t each = least(messages / 4 + 1, 4000000);
	leat_time next = begun + LEAT_S(60);

	while (through_so_far() < messages && leat_now() < t) {
		leat_time end = leat_in(LEAT_S(4));

		run_round(least(messages, through_so_far() + each), end < t ? end : t);
		if (leat_now() < next)
			continue;
		report();
		next += LEAT_S(60);
	}
}

static void prepare(void)
{
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i].number = i;
		workers[i].random = seeded(seed, i);
		workers[i].doing = "nothing";
	}
	for (unsigned i = 0; i < BESIDES; i++)
		besides[i].random = seeded(seed, THREADS + i);
	self = &workers[KEEPER];
	begun = leat_now();
}

int main(int argc, char **argv)
{
	uint64_t messages = UINT64_MAX;
	leat_time duration = LEAT_NEVER;
	pthread_t watchdog;

	seed = (uint64_t)leat_now() % 1000000 + 1;
	for (int option; (option = getopt(argc, argv, "m:n:s:")) != -1;)
		switch (option) {
		case 'm': duration = LEAT_S((int64_t)number_between(1, 1000000, optarg) * 60); break;
		case 'n': messages = number_between(1, UINT64_MAX - 1, optarg); break;
		case 's': seed = number_between(0, UINT64_MAX, optarg); break;
		default: return 2;
		}
	if (optind < argc || (messages == UINT64_MAX && duration == LEAT_NEVER)) {
		fprintf(stderr, "usage: soak [-s SEED] -m MINUTES | -n MESSAGES\n");
		return 2;
	}
	printf("soak: seed %llu\n", (unsigned long long)seed);
	prepare();
	must(pthread_create(&watchdog, NULL, watch, NULL) == 0);
	threads_before = count_threads();
	run(messages, leat_in(duration));
	report();
	atomic_store(&over, true);
	must(pthread_join(watchdog, NULL) == 0);
	must(threads_down_to(threads_before - 1) == threads_before - 1);
	conclude();
	return 0;
}
