/* SPDX-License-Identifier: 0BSD
 *
 * labels.c - what a report calls a channel: the name that leat_name gave it, and the place where it was made. The
 * library's own questions are asked here, because only reports tell the answers.
 */
#include "../../lib/internal.h"
#include "../test.h"

/* The place of the line that calls it, as the library writes it. */
#define HERE LEAT_HERE_

static int is_at(struct leat_channel *ch, const char *place)
{
	const char *noted = leati_place(ch);

	return noted && place && strcmp(noted, place) == 0;
}

/* --------------------------------------------------------------------------------------------- channels -- */

static void a_channel_has_the_place_where_it_was_made(void)
{
	leat_type type = { "number", sizeof(int), NULL, NULL };
	/* clang-format off */
	leat_chan made = leat_make(int, capacity), made_of = leat_make_of(&type, capacity), unit = leat_make_unit(); const char *here = HERE;
	/* clang-format on */

	check(is_at(made.rx.ch, here) && is_at(made.tx.ch, here));
	check(is_at(made_of.rx.ch, here) && is_at(unit.rx.ch, here));
	check(leati_name(made.rx.ch) == NULL);
	leat_drop(made);
	leat_drop(made_of);
	leat_drop(unit);
}

static void a_function_by_its_address_makes_a_channel_without_a_place(void)
{
	leat_chan (*make_of)(const leat_type *, size_t) = leat_make_of, (*make_unit)(void) = leat_make_unit;
	leat_chan number = make_of(LEAT_TYPE(int), capacity), unit = make_unit();

	check(!leat_closed(number) && leati_place(number.rx.ch) == NULL);
	check(!leat_closed(unit) && leati_place(unit.rx.ch) == NULL);
	leat_drop(number);
	leat_drop(unit);
}

static void a_name_leaves_the_place_as_it_is(void)
{
	leat_chan chan = leat_make(int, capacity);
	const char *place = leati_place(chan.rx.ch);

	leat_name(chan, "requests");
	check(strcmp(leati_name(chan.rx.ch), "requests") == 0 && leati_place(chan.rx.ch) == place);
	leat_name(chan.tx, "sent");
	check(strcmp(leati_name(chan.rx.ch), "sent") == 0);
	leat_name(chan.rx, "received");
	check(strcmp(leati_name(chan.tx.ch), "received") == 0);
	leat_name(chan, NULL);
	check(leati_name(chan.rx.ch) == NULL && leati_place(chan.rx.ch) == place);
	leat_drop(chan);
}

/* A period lies where the place of other channels is, and a stream that never started is every thread's. */
static void nil_timers_and_ended_streams_are_left_alone(void)
{
	leat_rx timers[] = { leat_after(LEAT_S(1000)), leat_tick(LEAT_S(1000)), leat_ended(EIO), LEAT_NIL,
		             leat_make(int, (size_t)-1).rx };

	for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
		leat_name(timers[i], "timer");
		check(leati_name(timers[i].ch) == NULL && leati_place(timers[i].ch) == NULL);
		leat_drop(timers[i]);
	}
}

static void ticks_still_come_after_a_name(void)
{
	leat_rx tick = leat_tick(LEAT_MS(1));
	leat_time first, second;

	leat_name(tick, "tick");
	check(leat_recv(tick, &first) == 1 && leat_recv(tick, &second) == 1 && second >= first + LEAT_MS(1));
	leat_drop(tick);
}

int main(int argc, char **argv)
{
	return RUN(a_channel_has_the_place_where_it_was_made, a_function_by_its_address_makes_a_channel_without_a_place,
	           a_name_leaves_the_place_as_it_is, nil_timers_and_ended_streams_are_left_alone,
	           ticks_still_come_after_a_name);
}
