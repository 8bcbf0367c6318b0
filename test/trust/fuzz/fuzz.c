/* SPDX-License-Identifier: 0BSD
 *
 * fuzz.c - channels beside a model of them. The input is a program of calls that one thread makes on up to four
 * channels. The model is a queue with some flags. It says what each call must give: result, errno, value, time. If the
 * two differ, the process aborts.
 *
 * THE INPUT is read byte by byte. One byte chooses a call (from `calls` at the end, modulo their number). One byte each
 * for its arguments follows: a channel (modulo 4), a number, a deadline. At the end of the input, everything is
 * dropped. Missing bytes are 0. A call on a handle that does not exist is made with nil. Some calls are whole short
 * pipelines.
 *
 * The clock is fake and runs by itself, so waiting takes no time.
 *
 * With LEAT_LIBFUZZER this is a target for libFuzzer. Without, it is a program that replays the files it is given.
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHANNELS = 4,
	ROOM = 64,    /* of a channel, at most */
	MOST = 1000,  /* bytes of an element, at most */
	MANY = 6      /* values of one call, or cases */
};

#define agree(condition) ((condition) ? (void)0 : differ(__LINE__, #condition))

static _Noreturn void differ(int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __FILE__, line, what, errno);
	abort();
}

/* -------------------------------------------------------------------------------------------- the input -- */

static const unsigned char *input, *input_end;

static unsigned next_byte(void)
{
	return input < input_end ? *input++ : 0;
}

/* -------------------------------------------------------------------------------------------- values -- */

static atomic_int alive; /* how many owned values are alive */

static void release_owned(void *value)
{
	int *number;

	memcpy(&number, value, sizeof number);
	free(number);
	atomic_fetch_sub(&alive, 1);
}

static void release_place(void *value)
{
	(void)value;
	atomic_fetch_sub(&alive, 1);
}

static const leat_type types[] = {
	{ "unit", 0, NULL, NULL }, { "byte", 1, NULL, NULL }, { "four", 4, NULL, NULL }, { "eight", 8, NULL, NULL },
	{ "line", 64, NULL, NULL }, { "large", MOST, NULL, NULL }, { "place", 0, NULL, release_place },
	{ "owned", sizeof(int *), NULL, release_owned }, { "large owned", MOST, NULL, release_owned },
};

enum { TYPES = sizeof types / sizeof *types };

typedef struct { _Alignas(64) unsigned char bytes[MOST]; } room;

static unsigned last_number;

/* All bytes of a value are its number. A value that owns something begins with a pointer to that. */
static unsigned make_value(const leat_type *type, void *at)
{
	unsigned number = ++last_number & 0xff;

	if (type->size)
		memset(at, (int)number, type->size);
	if (type->release == release_owned) {
		int *owned = malloc(sizeof *owned);

		agree(owned);
		*owned = (int)number;
		memcpy(at, &owned, sizeof owned);
	}
	atomic_fetch_add(&alive, type->release != NULL);
	return number;
}

static void give_back(const leat_type *type, void *value)
{
	if (type->release)
		type->release(value);
}

/* The value must have this number. Then it is disowned. */
static void must_be(const leat_type *type, void *value, unsigned number)
{
	size_t first = type->release == release_owned ? sizeof(int *) : 0;
	const unsigned char *bytes = value;

	if (first) {
		int *owned;

		memcpy(&owned, value, sizeof owned);
		agree(*owned == (int)number);
	}
	for (size_t i = first; i < type->size; i++)
		agree(bytes[i] == number);
	give_back(type, value);
}

static void must_be_all(const void *value, size_t size, int byte)
{
	for (size_t i = 0; i < size; i++)
		agree(((const unsigned char *)value)[i] == byte);
}

/* --------------------------------------------------------------------------------------------- the model -- */

enum what { NIL, FAILED, PLAIN, TIMER };

typedef struct {
	enum what what;
	leat_chan chan;
	const leat_type *type;
	size_t cap, len;
	unsigned numbers[ROOM];    /* of the queued values, the oldest first, ... */
	leat_time ticks[ROOM];     /* ... or, of a stream of ticks, the times when they were due */
	unsigned txs, rxs;
	bool closed;
	int cause;
	leat_time due, period;     /* for a timer */
	int due_cause;
} model;

static model channels[CHANNELS];
static leat_time now;

static bool has_tx(const model *m)
{
	return m->what == FAILED || m->txs > 0;
}

static bool has_rx(const model *m)
{
	return m->what == FAILED || m->rxs > 0;
}

static leat_tx tx_of(const model *m)
{
	return has_tx(m) ? m->chan.tx : (leat_tx){ NULL };
}

static leat_rx rx_of(const model *m)
{
	return has_rx(m) ? m->chan.rx : LEAT_NIL;
}

static bool is_due(const model *m)
{
	return m->what == TIMER && m->due <= now;
}

static bool has_timed_out(const model *m)
{
	return is_due(m) && !m->period && !m->closed;
}

static model failed_model(leat_chan chan, int cause)
{
	return (model){ .what = FAILED, .chan = chan, .type = &types[0], .closed = true, .cause = cause };
}

static int errno_value(int cause)
{
	return cause >= 0 && cause < 256 ? cause : EINVAL;
}

/* A channel without handles is gone. */
static void tidy(model *m)
{
	if (m->what != FAILED && m->txs == 0 && m->rxs == 0)
		*m = (model){ .type = &types[0] };
}

/* The result that a case would have now. */
enum result { LATER = -1, OVER, MOVED };

static enum result can_send(const model *m)
{
	if (!has_tx(m))
		return LATER;
	if (m->what == FAILED || m->closed || m->rxs == 0 || has_timed_out(m))
		return OVER;
	return m->len < m->cap ? MOVED : LATER;
}

static enum result can_receive(const model *m)
{
	if (!has_rx(m))
		return LATER;
	if (m->len > 0)
		return MOVED;
	return m->closed || has_timed_out(m) ? OVER : LATER;
}

static enum result can_be_gone(const model *m)
{
	return has_tx(m) && m->rxs == 0 ? OVER : LATER;
}

static void put_number(model *m, unsigned number)
{
	m->numbers[m->len++] = number;
}

static unsigned take_number(model *m)
{
	unsigned number = m->numbers[0];

	memmove(m->numbers, m->numbers + 1, --m->len * sizeof *m->numbers);
	return number;
}

static leat_time take_tick(model *m)
{
	leat_time due = m->ticks[0];

	memmove(m->ticks, m->ticks + 1, --m->len * sizeof *m->ticks);
	return due;
}

/* The ticks that are due are queued, as long as there is room. The others are lost. */
static void let_tick(model *m)
{
	for (; m->due <= now && m->len < m->cap; m->due += m->period)
		m->ticks[m->len++] = m->due;
	if (m->due <= now)
		m->due += m->period * ((now - m->due) / m->period + 1);
}

static void set_now(leat_time t)
{
	now = t;
	for (size_t i = 0; i < CHANNELS; i++)
		if (channels[i].period)
			let_tick(&channels[i]);
}

static void leave_cause(model *m, int cause)
{
	if (!m->closed && !has_timed_out(m) && m->cause == 0)
		m->cause = errno_value(cause);
}

/* Returns 1 if this call closes the channel. */
static int close_model(model *m)
{
	if (m->closed || has_timed_out(m))
		return 0;
	m->closed = true;
	return 1;
}

/* --------------------------------------------------------------------------------------------- deadlines -- */

static const leat_time UNIT = 1000000;

static leat_time next_deadline(void)
{
	unsigned byte = next_byte();

	switch (byte % 4) {
	case 0: return LEAT_NOW;
	case 1: return now - 1;
	case 2: return now;
	default: return now + UNIT * (byte / 4 % 8);
	}
}

static int errno_at(leat_time t)
{
	return t == LEAT_NOW ? EAGAIN : ETIMEDOUT;
}

/* One case of a call: one way in which the call can go on. */
typedef struct {
	enum { OFF, SEND, RECEIVE, DISCARD, GONE, LOOK, KINDS } kind;
	model *on;
	unsigned number;
	room value;
} alternative;

static enum result can(const alternative *each)
{
	switch (each->kind) {
	case SEND: return can_send(each->on);
	case RECEIVE:
	case DISCARD:
	case LOOK: return can_receive(each->on);
	case GONE: return can_be_gone(each->on);
	default: return LATER;
	}
}

static bool any_can(const alternative *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (can(&all[i]) != LATER)
			return true;
	return false;
}

static bool follows_time(const alternative *each)
{
	return each->kind != OFF && each->kind != GONE && each->on->what == TIMER &&
	       (each->kind == SEND ? has_tx(each->on) : has_rx(each->on));
}

/* Let time pass in the model until one of the cases can go on (true), or until t (false). */
static bool wait_until(const alternative *all, size_t n, leat_time t)
{
	while (!any_can(all, n)) {
		leat_time next = t;

		if (t == LEAT_NOW || t <= now)
			return false;
		for (size_t i = 0; i < n; i++)
			if (follows_time(&all[i]) && all[i].on->due < next)
				next = all[i].on->due;
		set_now(next);
	}
	return true;
}

static alternative prepare(int kind, model *on)
{
	alternative made = { .kind = (unsigned)kind, .on = on };

	memset(&made.value, 0xee, sizeof made.value);
	if (kind == SEND)
		made.number = make_value(on->type, &made.value);
	return made;
}

/* The case was not chosen, so nothing must have happened to it. */
static void forget(alternative *each)
{
	if (each->kind == SEND)
		give_back(each->on->type, &each->value);
	else
		must_be_all(&each->value, sizeof each->value, 0xee);
}

static void follow_receive(alternative *each, enum result result)
{
	model *m = each->on;

	if (result == OVER && each->kind == RECEIVE) {
		must_be_all(&each->value, m->type->size, 0);
	} else if (result == MOVED && m->period) {
		leat_time due = take_tick(m);

		agree(each->kind == DISCARD || memcmp(&each->value, &due, sizeof due) == 0);
	} else if (result == MOVED) {
		unsigned number = take_number(m);

		if (each->kind == RECEIVE)
			must_be(m->type, &each->value, number);
	}
}

/* The case was chosen, with this result. The model does the same. */
static void follow(alternative *each, int ok)
{
	enum result result = can(each);

	agree(result != LATER && ok == (int)result);
	if (each->kind == LOOK)
		forget(each);
	else if (each->kind != SEND)
		follow_receive(each, result);
	else if (result == MOVED)
		put_number(each->on, each->number);
	else
		give_back(each->on->type, &each->value);
}

/* Compare the result of a call with one case. */
static void compare(alternative *only, int result, leat_time t)
{
	int error = errno;

	if (wait_until(only, 1, t)) {
		follow(only, result);
		return;
	}
	agree(result == -1 && error == errno_at(t));
	forget(only);
}

/* --------------------------------------------------------------------------------------- making, ending -- */

static model *any_channel(void)
{
	return &channels[next_byte() % CHANNELS];
}

static void drop_tx(model *m)
{
	leat_drop(tx_of(m));
	if (m->what != FAILED && m->txs > 0 && --m->txs == 0)
		(void)close_model(m);
	tidy(m);
}

static void drop_rx(model *m)
{
	leat_drop(rx_of(m));
	if (m->what != FAILED && m->rxs > 0 && --m->rxs == 0)
		m->len = 0;
	tidy(m);
}

static void drop_all(model *m)
{
	while (m->txs > 0)
		drop_tx(m);
	while (m->rxs > 0)
		drop_rx(m);
	*m = (model){ .type = &types[0] };
}

static void call_make(void)
{
	model *m = any_channel();
	const leat_type *type = &types[next_byte() % TYPES];
	size_t cap = next_byte() % 6;

	drop_all(m);
	if (cap == 5) {
		*m = failed_model(leat_make_of(type, SIZE_MAX), EINVAL);
		return;
	}
	*m = (model){ .what = PLAIN, .chan = leat_make_of(type, cap), .type = type, .cap = cap, .txs = 1, .rxs = 1 };
}

static void call_make_ended(void)
{
	model *m = any_channel();
	int cause = (int)next_byte() * 2 - 100;
	leat_rx rx = leat_ended(cause);

	drop_all(m);
	*m = failed_model((leat_chan){ { NULL }, rx }, errno_value(cause));
	m->chan.tx.ch = rx.ch;
}

static void call_make_until(void)
{
	model *m = any_channel();
	unsigned byte = next_byte();
	leat_time due = byte % 16 == 0 ? LEAT_NEVER : now + UNIT * ((int)(byte % 16) - 3);
	int cause = (int)(byte / 16) - 1;

	drop_all(m);
	*m = (model){ .what = TIMER, .type = &types[0], .due = due, .rxs = 1,
		      .due_cause = cause ? errno_value(cause) : ETIMEDOUT };
	if (cause > 0 || byte % 2) {
		m->chan = leat_make_until(due, cause);
		m->txs = 1;
	} else {
		m->chan.rx = leat_at(due);
		m->due_cause = ETIMEDOUT;
	}
}

static void call_make_tick(void)
{
	model *m = any_channel();
	leat_time period = UNIT * ((int)(next_byte() % 6) - 1);
	leat_rx rx = leat_tick(period);

	drop_all(m);
	if (period <= 0)
		*m = failed_model((leat_chan){ { rx.ch }, rx }, EINVAL);
	else
		*m = (model){ .what = TIMER, .chan = { { NULL }, rx }, .type = &types[3], .due = now + period,
			      .period = period, .cap = 1, .rxs = 1 };
}

static void call_close(void)
{
	model *m = any_channel();
	int cause = (int)next_byte() - 5, result = cause ? leat_close_with(tx_of(m), cause) : leat_close(tx_of(m));

	if (!has_tx(m)) {
		agree(result == -1 && errno == EINVAL);
		return;
	}
	leave_cause(m, cause);
	agree(result == close_model(m));
}

static void call_drop(void)
{
	model *m = any_channel();

	if (next_byte() % 2)
		drop_tx(m);
	else
		drop_rx(m);
}

static void call_drop_with(void)
{
	model *m = any_channel();
	int cause = (int)next_byte() - 5, result = leat_drop_with(tx_of(m), cause);

	if (!has_tx(m)) {
		agree(result == -1 && errno == EINVAL);
		return;
	}
	leave_cause(m, cause);
	agree(result == (m->what != FAILED && --m->txs == 0 ? close_model(m) : 0));
	tidy(m);
}

static void call_dup(void)
{
	model *m = any_channel();
	bool sending = next_byte() % 2;

	if (sending)
		agree(leat_same(leat_dup(tx_of(m)), tx_of(m)));
	else
		agree(leat_same(leat_dup(rx_of(m)), rx_of(m)));
	if (m->what != FAILED && (sending ? has_tx(m) : has_rx(m)))
		*(sending ? &m->txs : &m->rxs) += 1;
}

static void call_queue(void)
{
	model *m = any_channel();
	unsigned byte = next_byte();
	size_t n = byte % 8 == 7 ? SIZE_MAX : byte % 8 * (byte / 8 % 8);
	bool refused = !has_rx(m) || (n == SIZE_MAX && m->what != FAILED);
	leat_rx former = rx_of(m), queued = leat_buffer(former, n);

	if (!refused) {
		agree(leat_same(queued, former));
		if (m->what != FAILED && n > m->cap)
			m->cap = n;
		return;
	}
	agree(leat_never_started(queued) && leat_cause(queued) == EINVAL);
	if (m->rxs > 0 && --m->rxs == 0) /* leat_buffer has dropped it */
		m->len = 0;
	tidy(m);
}

/* ------------------------------------------------------------------------------------- sending, receiving -- */

static void call_send(void)
{
	alternative only = prepare(SEND, any_channel());
	leat_time t = next_deadline();

	compare(&only, leat_send_sized(tx_of(only.on), &only.value, only.on->type->size, t), t);
}

static void call_receive(void)
{
	alternative only = prepare(RECEIVE, any_channel());
	leat_time t = next_deadline();

	compare(&only, leat_recv_sized(rx_of(only.on), &only.value, only.on->type->size, t), t);
}

static void call_wait(void)
{
	alternative only = prepare(DISCARD, any_channel());
	leat_time t = next_deadline();

	compare(&only, can_receive(only.on) == LATER ? leat_wait_by(rx_of(only.on), t) : leat_wait(rx_of(only.on)), t);
}

static void call_wait_ready(void)
{
	alternative only = prepare(LOOK, any_channel());
	leat_time t = next_deadline();

	compare(&only, leat_wait_ready_by(rx_of(only.on), t), t);
}

/* leat_wait_gone returns 1 when the receivers have left. A case for that has ok 0 then. */
static void call_wait_gone(void)
{
	alternative only = prepare(GONE, any_channel());
	leat_time t = next_deadline();
	int result = leat_wait_gone(tx_of(only.on), t);

	compare(&only, result == 1 ? 0 : result == 0 ? 1 : result, t);
}

static void call_push(void)
{
	alternative only = prepare(SEND, any_channel());
	model *m = only.on;
	int result = leat_force_send_sized(tx_of(m), &only.value, m->type->size);

	if (can_send(m) == LATER && has_tx(m) && m->cap > 0)
		(void)take_number(m); /* makes room */
	compare(&only, result, LEAT_NOW);
}

/* At least one of the two must be ready, because the call has returned. done comes first. */
static void call_or(void)
{
	model *done = any_channel();
	alternative on[2] = { prepare(LOOK, done), prepare(next_byte() % 2 ? SEND : RECEIVE, any_channel()) };
	model *m = on[1].on;
	int result, first = can(&on[0]) == LATER;

	if (!any_can(on, 2)) {
		forget(&on[1]);
		return;
	}
	result = on[1].kind == SEND ?
		leat_send_or_at_(tx_of(m), &on[1].value, m->type->size, rx_of(done), LEAT_HERE_) :
		leat_recv_or_at_(rx_of(m), &on[1].value, m->type->size, rx_of(done), LEAT_HERE_);
	if (first) {
		follow(&on[1], result);
		return;
	}
	agree(result == -1 && errno == ECANCELED);
	forget(&on[1]);
	follow(&on[0], (int)can(&on[0]));
}

/* ------------------------------------------------------------------------------------------ several at once -- */

static unsigned char several[MANY * MOST];

static void call_send_n(void)
{
	model *m = any_channel();
	unsigned numbers[MANY], n = next_byte() % MANY;
	leat_time t = next_deadline();
	size_t size = m->type->size, room_left = can_send(m) == MOVED ? m->cap - m->len : 0;
	long result, expected = (long)(n < room_left ? n : room_left);
	alternative only = { .kind = SEND, .on = m };

	for (unsigned i = 0; i < n; i++)
		numbers[i] = make_value(m->type, several + i * size);
	result = leat_send_n_at_(tx_of(m), several, size, n, t, LEAT_HERE_);
	if (n == 0)
		agree(result == -1 && errno == EINVAL);
	else if (wait_until(&only, 1, t)) /* or a timer has ended: then nothing is sent, as expected */
		agree(result == expected);
	else
		agree(result == -1 && errno == errno_at(t));
	for (unsigned i = 0; i < n; i++)
		if ((long)i < expected)
			put_number(m, numbers[i]);
		else
			give_back(m->type, several + i * size);
}

static void call_receive_n(void)
{
	model *m = any_channel();
	unsigned n = next_byte() % MANY;
	leat_time t = next_deadline();
	size_t size = m->type->size;
	alternative only = { .kind = RECEIVE, .on = m };
	long result = leat_recv_n_at_(rx_of(m), several, size, n, t, LEAT_HERE_), expected;
	int error = errno;

	if (n == 0) {
		agree(result == -1 && error == EINVAL);
		return;
	}
	if (!wait_until(&only, 1, t)) {
		agree(result == -1 && error == errno_at(t));
		return;
	}
	expected = (long)(n < m->len ? n : m->len);
	agree(result == expected);
	if (expected == 0)
		must_be_all(several, size, 0);
	for (long i = 0; i < expected; i++) {
		memcpy(&only.value, several + (size_t)i * size, size);
		follow_receive(&only, MOVED);
	}
}

/* -------------------------------------------------------------------------------------------- select -- */

static leat_case case_of(alternative *each)
{
	size_t size = each->on->type->size;

	switch (each->kind) {
	case SEND: return LEAT_SEND_SIZED(tx_of(each->on), &each->value, size);
	case RECEIVE: return LEAT_RECV_SIZED(rx_of(each->on), &each->value, size);
	case DISCARD: return LEAT_WAIT(rx_of(each->on));
	case LOOK: return LEAT_READY(rx_of(each->on));
	case GONE: return LEAT_GONE(tx_of(each->on));
	default: return (leat_case){ 0 };
	}
}

static size_t first_that_can(const alternative *all)
{
	size_t i = 0;

	while (can(&all[i]) == LATER)
		i++;
	return i;
}

static void call_select(void)
{
	static alternative all[MANY];
	leat_case on[MANY];
	size_t n = next_byte() % (MANY + 1);
	bool in_order = next_byte() % 2;
	leat_time t = next_deadline();
	int chosen, error;

	for (size_t i = 0; i < n; i++) {
		unsigned byte = next_byte();

		all[i] = prepare((int)(byte / 4 % KINDS), &channels[byte % 4]);
		on[i] = case_of(&all[i]);
		on[i].ok = 42;
	}
	chosen = in_order ? leat_select_first_n(on, n, t) : leat_select_n(on, n, t);
	error = errno;
	if (wait_until(all, n, t)) {
		agree(chosen >= 0 && (size_t)chosen < n);
		agree(!in_order || (size_t)chosen == first_that_can(all));
	} else {
		agree(chosen == -1 && error == errno_at(t));
	}
	for (size_t i = 0; i < n; i++) {
		if ((int)i == chosen)
			continue;
		agree(on[i].ok == 0);
		forget(&all[i]);
	}
	if (chosen >= 0)
		follow(&all[chosen], on[chosen].ok);
}

/* ------------------------------------------------------------------------------------------ looking, time -- */

static void look_at(const model *m, leat_rx h)
{
	leat_type type = leat_type_of(h);

	agree(leat_len(h) == m->len && leat_cap(h) == m->cap);
	agree(leat_closed(h) == (m->closed || (m->what == PLAIN && m->rxs == 0) || has_timed_out(m)));
	agree(leat_cause(h) == (has_timed_out(m) && m->cause == 0 ? m->due_cause : m->cause));
	agree(leat_never_started(h) == (m->what == FAILED));
	agree(type.size == (m->what == FAILED ? 0 : m->type->size));
}

static void call_look(void)
{
	const model *m = any_channel();

	if (m->rxs > 0 || m->what == FAILED)
		look_at(m, m->chan.rx);
	else if (m->what == PLAIN)
		look_at(m, (leat_rx){ m->chan.tx.ch });
	agree(leat_len(tx_of(&(model){ 0 })) == 0 && leat_cause(rx_of(&(model){ 0 })) == EINVAL);
}

static void call_advance(void)
{
	leat_time by = UNIT * ((int)(next_byte() % 16) - 2);
	int result = leat_clock_advance(by);

	agree(by < 0 ? result == -1 && errno == EINVAL : result == 1);
	set_now(now + (by < 0 ? 0 : by));
}

/* -------------------------------------------------------------------------------------------- pipelines -- */

/* The values that must come out, and whether in this order. */
static struct { int values[128], count, cause; bool ordered; } stream;

static const leat_rx nil;

static int add(void *arg, const void *in, void *out)
{
	int by = *(int *)arg;

	if (by == 7 && *(const int *)in % 16 == 7)
		return -EPROTO;
	*(int *)out = *(const int *)in + by;
	return by != 3 || *(int *)out % 2;
}

static int is_kept(void *arg, const void *in)
{
	return *(const int *)in % *(int *)arg == 0;
}

static void expect_added(int by)
{
	int kept = 0;

	for (int i = 0; i < stream.count; i++) {
		int given = stream.values[i], result = add(&by, &given, &stream.values[kept]);

		if (result < 0) {
			stream.cause = EPROTO;
			break;
		}
		kept += result;
	}
	stream.count = kept;
}

static void expect_kept(int divisor)
{
	int kept = 0;

	for (int i = 0; i < stream.count; i++)
		if (is_kept(&divisor, &stream.values[i]))
			stream.values[kept++] = stream.values[i];
	stream.count = kept;
}

static leat_rx append_source(int from, int count)
{
	int values[8];

	for (int i = 0; i < count; i++)
		values[i] = stream.values[stream.count++] = from + i;
	return count ? leat_generator(nil, sizeof *values, values, (size_t)count) : leat_ended(0);
}

/* Two streams one after the other. */
static leat_rx append_bridge(leat_rx in, int from, int count)
{
	leat_chan streams = leat_make_of(&leat_rx_type, 2);
	leat_rx second = append_source(from, count);

	agree(leat_send(streams.tx, &in) == 1 && leat_send(streams.tx, &second) == 1);
	leat_drop(streams.tx);
	return leat_bridge(nil, streams.rx, int);
}

/* leat_fan_in joins both outputs, so each value comes twice. */
static leat_rx through_tee(leat_rx in)
{
	leat_rx both[2];

	agree(leat_tee(nil, in, both, 2) == 1);
	memcpy(stream.values + stream.count, stream.values, (size_t)stream.count * sizeof *stream.values);
	stream.count *= 2;
	stream.ordered = false;
	return leat_fan_in(nil, both, 2);
}

/* Choose the next stage. If the values have no order, or the stream ends with a cause, only stages whose result is
 * certain follow. */
static leat_rx stage_after(leat_rx in, int *arg)
{
	unsigned byte = next_byte();
	bool simple = stream.ordered && stream.cause == 0;
	int n = *arg = 1 + (int)(byte / 16 % 8);

	switch (byte % 10) {
	case 0:
		if (!simple)
			break;
		stream.count = n < stream.count ? n : stream.count;
		return leat_take(nil, in, n);
	case 1:
	case 2:
		if (!simple && n == 7)
			break;
		expect_added(n);
		return byte % 10 == 1 ? leat_map(nil, in, int, add, arg) : leat_map_ordered(nil, in, 2, int, add, arg);
	case 3:
		expect_kept(n);
		return leat_filter(nil, in, is_kept, arg);
	case 4:
		return leat_unbatch(nil, leat_batch(nil, in, (size_t)n, LEAT_NEVER), int);
	case 5:
		return simple ? append_bridge(in, 50, n) : in;
	case 6:
		if (!simple)
			break;
		stream.ordered = false;
		return leat_fan_in(nil, (leat_rx[]){ in, append_source(70, n) }, 2);
	case 7:
		return simple && stream.count <= 32 ? through_tee(in) : in;
	case 8:
		return leat_or_done(nil, leat_buffer(in, (size_t)n * 2));
	default:
		break;
	}
	return in;
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* A source of up to 7 values and up to 4 stages. Receive until the end. */
static void call_pipeline(void)
{
	int args[4], got[sizeof stream.values / sizeof *stream.values], count = 0;
	unsigned stages = next_byte() % 5;
	leat_rx in;

	stream.count = stream.cause = 0;
	stream.ordered = true;
	in = append_source(0, (int)(next_byte() % 8));
	for (unsigned i = 0; i < stages; i++)
		in = stage_after(in, &args[i]);
	for (int n; leat_recv(in, &n) > 0; got[count++] = n)
		agree(count < stream.count);
	agree(count == stream.count && leat_cause(in) == stream.cause);
	if (!stream.ordered) {
		qsort(got, (size_t)count, sizeof *got, by_value);
		qsort(stream.values, (size_t)count, sizeof *got, by_value);
	}
	agree(count == 0 || memcmp(got, stream.values, (size_t)count * sizeof *got) == 0);
	leat_drop(in);
	agree(leat_wait_all(LEAT_NEVER) == 1 && leat_live() == 0);
}

/* --------------------------------------------------------------------------------------------- a program -- */

static void (*const calls[])(void) = {
	call_make, call_send, call_receive, call_send_n, call_receive_n, call_select, call_push, call_wait, call_or,
	call_look, call_close, call_drop, call_drop_with, call_dup, call_queue, call_make_until, call_make_tick,
	call_make_ended, call_advance, call_wait_gone, call_wait_ready, call_pipeline,
};

static void must_be_alive(void)
{
	int queued = 0;

	for (size_t i = 0; i < CHANNELS; i++)
		queued += channels[i].type->release ? (int)channels[i].len : 0;
	agree(atomic_load(&alive) == queued);
	agree(leat_now() == now);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	unsigned pipelines = 0;

	input = data;
	input_end = data + size;
	last_number = 0;
	agree(leat_clock_fake() == 1 && leat_clock_run() == 1);
	now = leat_now();
	for (size_t i = 0; i < CHANNELS; i++)
		channels[i] = (model){ .type = &types[0] };
	while (input < input_end && pipelines < 3) {
		unsigned which = next_byte() % (sizeof calls / sizeof *calls);

		calls[which]();
		pipelines += calls[which] == call_pipeline;
		must_be_alive();
	}
	for (size_t i = 0; i < CHANNELS; i++)
		drop_all(&channels[i]);
	must_be_alive();
	leat_clock_real();
	return 0;
}

#ifndef LEAT_LIBFUZZER
static void replay(const char *name)
{
	static unsigned char bytes[1 << 16];
	FILE *file = fopen(name, "rb");
	size_t length;

	if (!file) {
		perror(name);
		exit(1);
	}
	length = fread(bytes, 1, sizeof bytes, file);
	agree(!ferror(file) && fclose(file) == 0);
	LLVMFuzzerTestOneInput(bytes, length);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%d inputs replayed\n", argc - 1);
	return argc > 1 ? 0 : 1;
}
#endif
