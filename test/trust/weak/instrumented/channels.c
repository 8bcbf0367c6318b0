/* SPDX-License-Identifier: 0BSD
 *
 * channels.c - questions to channels, and the fake clock: what a thread sees after an answer. Sends, receives, closes
 * and drops are in test/trust/schedule/schedules.c.
 */
#include "../system.h"

#include "leat.h"

enum { SOON = 10 };

static leat_chan a, b;
static leat_tx other_tx; /* another handle, so that a is not closed by the drop of the first one */
static int payload, written;

static void begin(void)
{
	a = leat_make(int, 1);
	b = leat_make(int, 0);
	other_tx = leat_dup(a.tx);
	payload = written = 0;
}

static void release_value(void *value)
{
	(void)value;
}

/* A value is queued in a, which is released when the receiver has left. */
static void begin_with_value(void)
{
	static const leat_type owned = { "owned", sizeof(int), NULL, release_value };

	begin();
	leat_drop(other_tx);
	leat_drop(a);
	a = leat_make_of(&owned, 1);
	other_tx = leat_dup(a.tx);
	expect(leat_send(a.tx, &payload) == 1);
}

static void end(void)
{
	leat_drop(b);
	leat_drop(other_tx);
}

static void end_with_a(void)
{
	leat_drop(a);
	end();
}

/* The sender does not touch the channel any more once its value is received: the receiver frees it then. */
static void send_last(void)
{
	expect(leat_send(b.tx, &payload) == 1);
}

static void receive_and_free(void)
{
	int value;

	expect(leat_recv(b.rx, &value) == 1);
	leat_drop(b);
}

static void end_without_b(void)
{
	leat_drop(other_tx);
	leat_drop(a);
}

static void close_a(void)
{
	payload = 1;
	expect(leat_close_with(a.tx, EPIPE) == 1);
}

static void look_at_a(void)
{
	if (!leat_closed(a.rx))
		return;
	expect(leat_cause(a.rx) == EPIPE);
	expect(payload == 1);
}

/* Private: the name for reports. */
const char *leati_name(const struct leat_channel *ch);

static void name_a(void)
{
	static char name[2];

	name[0] = 'a';
	leat_name(a, name);
}

static void look_at_name(void)
{
	const char *name = leati_name(a.rx.ch);

	expect(!name || name[0]);
}

/* Its select leaves the queue of a when a may be closed already. */
static void receive_from_either(void)
{
	int value;
	leat_case either[] = { LEAT_RECV(a.rx, &value), LEAT_RECV(b.rx, &value) };

	expect(leat_select(either, LEAT_NEVER) >= 0);
}

static void send_to_b(void)
{
	int value = 1;

	expect(leat_send_by(b.tx, &value, leat_in(SOON)) == 1 || errno == ETIMEDOUT);
}

/* The cause comes before the receiver leaves. */
static void leave_a(void)
{
	payload = 1;
	expect(leat_drop_with(a.tx, EIO) == 0);
	leat_drop(a.rx);
}

static void look_from_other_end(void)
{
	if (!leat_closed(other_tx))
		return;
	expect(leat_cause(other_tx) == EIO);
	expect(payload == 1);
}

static void look_at_cause(void)
{
	if (leat_cause(other_tx) != EIO)
		return;
	expect(payload == 1);
}

/* ------------------------------------------------------------------------------------------------- the clock -- */

static leat_time begun;

/* The fake clock has stood at this time before. */
static void begin_real(void)
{
	payload = 0;
	expect(leat_clock_fake() == 1);
	begun = leat_now();
	leat_clock_real();
}

static void begin_fake(void)
{
	begin();
	expect(leat_clock_fake() == 1);
	begun = leat_now();
}

static void end_clock(void)
{
	leat_clock_real();
}

static void end_fake(void)
{
	leat_clock_real();
	end_with_a();
}

static void sleep_and_fake(void)
{
	leat_sleep(SOON);
	expect(leat_clock_fake() == 1);
}

static void time_goes_on(void)
{
	leat_time former = begun;

	for (int i = 0; i < 3; i++) {
		leat_time now = leat_now();

		expect(now >= former);
		former = now;
	}
}

static void advance(void)
{
	payload = 1;
	expect(leat_clock_advance(SOON) == 1);
}

static void look_at_clock(void)
{
	if (leat_now() >= begun + SOON)
		expect(payload == 1);
}

static void sleep_by_clock(void)
{
	expect(leat_wait_by(LEAT_NIL, begun + SOON) == -1 && errno == ETIMEDOUT);
	expect(payload == 1);
}

static void receive_by_clock(void)
{
	int value;

	if (leat_recv_by(b.rx, &value, begun + SOON) == 1)
		expect(written == 1);
	else
		expect(errno == ETIMEDOUT && payload == 1);
}

static void send_now(void)
{
	int value = 1;

	written = 1;
	(void)leat_send_by(b.tx, &value, LEAT_NOW);
}

const scenario channel_scenarios[] = {
	{ "channel: closed, and asked", begin, { close_a, look_at_a, look_at_a }, end_with_a },
	{ "channel: closed, asked and left", begin, { close_a, look_at_a, receive_from_either, send_to_b },
	  end_with_a },
	{ "channel: named, and asked", begin, { name_a, look_at_name }, end_with_a },
	{ "channel: a cause, then no receiver", begin, { leave_a, look_from_other_end }, end },
	{ "channel: a cause, then no receiver of its value", begin_with_value, { leave_a, look_from_other_end }, end },
	{ "channel: a cause", begin, { leave_a, look_at_cause }, end },
	{ "channel: freed by the receiver of the last value", begin, { send_last, receive_and_free }, end_without_b },
	{ "clock: it becomes fake", begin_real, { sleep_and_fake, time_goes_on }, end_clock },
	{ "clock: moved, and asked", begin_fake, { advance, look_at_clock }, end_fake },
	{ "clock: moved, and a sleeper", begin_fake, { advance, sleep_by_clock }, end_fake },
	{ "clock: moved, and a receiver", begin_fake, { advance, receive_by_clock, send_now }, end_fake },
	{ NULL, NULL, { NULL }, NULL },
};
