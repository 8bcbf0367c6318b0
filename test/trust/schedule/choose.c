/* SPDX-License-Identifier: 0BSD
 *
 * choose.c - which thread goes on: at random, by priorities, or each possible one, in one schedule after the other.
 *
 * PRIORITIES is PCT (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A randomized scheduler with probabilistic guarantees
 * of finding bugs", 2010). The thread with the highest random priority runs, and at a few random steps the running
 * thread gets the lowest priority. An error that needs d orderings among n threads and k steps is found with a
 * probability of 1/(n k^(d-1)). The passing of time and spurious wake-ups have priorities like threads.
 *
 * ALL is a depth-first search that stores no states. A schedule repeats the choices of the previous one, up to the last
 * choice that has an alternative. The number of preemptions of a schedule is bounded (Musuvathi, Qadeer: "Iterative
 * context bounding", 2007).
 */
#include "schedule.h"

enum { CHANGES = 3, OWNERS = THREADS + 2 };

static struct {
	chooser by;
	uint64_t random;
	unsigned made[MOST_STEPS], possible[MOST_STEPS]; /* the choices, and out of how many each was made */
	size_t count;     /* choices so far in this schedule */
	size_t prefix;    /* for ALL: how many choices repeat those of the previous schedule */
	unsigned preemptions;
	unsigned priority[OWNERS], running;
	size_t change[CHANGES], length; /* at which choices the priority changes; the length of the scenario's first
	                                 * schedule */
	const char *rest; /* for REPLAY: the choices that are left */
} state;

/* The generator xorshift64* (Marsaglia, Vigna). */
static unsigned random_below(unsigned bound)
{
	uint64_t x = state.random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	state.random = x;
	return (unsigned)((x * 2685821657736338717u >> 32) * bound >> 32);
}

static void draw_priorities(void)
{
	for (unsigned i = 0; i < OWNERS; i++) {
		unsigned j = random_below(i + 1);

		state.priority[i] = state.priority[j];
		state.priority[j] = CHANGES + 1 + i;
	}
	for (unsigned i = 0; i < CHANGES; i++)
		state.change[i] = random_below((unsigned)(state.length + state.length / 2) + 1); /* some schedules are
		                                                                                  * longer than the
		                                                                                  * first */
}

void choose_begin(const chooser *by)
{
	if (state.length == 0)
		state.length = state.count;
	state.by = *by;
	state.random = by->seed * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du;
	state.count = 0;
	state.preemptions = 0;
	state.running = 0;
	state.rest = by->replayed;
	if (by->method == PRIORITIES)
		draw_priorities();
}

static unsigned by_priority(const unsigned *owner, unsigned count)
{
	unsigned best = 0;

	for (unsigned i = 0; i < CHANGES; i++)
		if (state.change[i] == state.count)
			state.priority[state.running] = i + 1;
	for (unsigned i = 1; i < count; i++)
		if (state.priority[owner[i]] > state.priority[owner[best]])
			best = i;
	state.running = owner[best];
	return best;
}

static unsigned from_replay(void)
{
	return *state.rest ? (unsigned)(*state.rest++ - '0') : 0;
}

/* Up to the prefix, repeat the choice of the previous schedule. After that, choose the first. */
static unsigned of_all(void)
{
	return state.count < state.prefix ? state.made[state.count] : 0;
}

static unsigned note(unsigned choice, unsigned possible)
{
	if (choice >= possible)
		choice = 0;
	if (state.count < MOST_STEPS) {
		state.made[state.count] = choice;
		state.possible[state.count] = possible;
	}
	state.count++;
	return choice;
}

/* When all preemptions are used up, the running thread goes on if it can. */
unsigned choose_step(const unsigned *owner, unsigned count, bool can_stay)
{
	unsigned choice = 0, possible = count;

	if (state.by.method == ALL && can_stay && state.preemptions == state.by.preemptions)
		possible = 1;
	switch (state.by.method) {
	case ALL: choice = of_all(); break;
	case PRIORITIES: choice = by_priority(owner, count); break;
	case RANDOM: choice = random_below(count); break;
	case REPLAY: choice = from_replay(); break;
	}
	choice = note(choice, possible);
	if (can_stay && choice > 0)
		state.preemptions++;
	return choice;
}

unsigned choose_number(unsigned bound)
{
	unsigned choice;

	if (bound < 2)
		return 0;
	choice = state.by.method == ALL ? of_all() : state.by.method == REPLAY ? from_replay() : random_below(bound);
	return note(choice, bound);
}

/* Find the last choice that has an alternative. Take that alternative, and drop the choices after it. */
bool choose_next_of_all(void)
{
	size_t last = state.count < MOST_STEPS ? state.count : MOST_STEPS;

	while (last > 0 && state.made[last - 1] + 1 == state.possible[last - 1])
		last--;
	state.prefix = last;
	if (last > 0)
		state.made[last - 1]++;
	return last > 0;
}

void choose_restart(void)
{
	state.prefix = 0;
	state.count = 0;
	state.length = 0;
}

const char *choices_made(void)
{
	static char text[MOST_STEPS + 1];
	size_t count = state.count < MOST_STEPS ? state.count : MOST_STEPS;

	for (size_t i = 0; i < count; i++)
		text[i] = (char)('0' + state.made[i]);
	text[count] = '\0';
	return text;
}
