/* SPDX-License-Identifier: 0BSD
 *
 * cloning.c - duplicating and dropping handles changes nothing for a select that sleeps, or for a value on its way. The
 * select does not wake, and the channel ends only with the last handle. After crossbeam's cloning and preflight tests.
 * Here a thread must not drop a handle while another thread is in a call with that very handle.
 */
#include "../test.h"

typedef struct {
	background behind;
	leat_rx one, other;
	int chosen, ok, got;
} chooser;

static void choose(void *of_chooser)
{
	chooser *self = of_chooser;
	leat_case on[] = { LEAT_RECV(self->one, &self->got), LEAT_RECV(self->other, &self->got) };

	self->chosen = leat_select(on, LEAT_NEVER);
	self->ok = on[self->chosen].ok;
}

static void around_a_select_that_sleeps(void)
{
	leat_chan one = leat_make(int, capacity), other = leat_make(int, capacity);
	chooser self = { .one = one.rx, .other = other.rx, .got = -1 };

	begin(&self.behind, choose, &self);
	for (int i = 0; i < 500; i++) {
		leat_chan more = leat_dup(one), yet_more = leat_dup(more);

		leat_drop(more);
		leat_drop(leat_dup(yet_more.tx));
		leat_drop(leat_dup(yet_more.rx));
		leat_drop(yet_more);
	}
	must_block(&self.behind);
	send_ints(other.tx, 3, 1);
	must_return(&self.behind);
	check(self.chosen == 1 && self.ok == 1 && self.got == 3);
	leat_drop(one);
	leat_drop(other);
}

/* The last sending end is the duplicate of a duplicate. */
static void the_last_of_many(void)
{
	leat_chan one = leat_make(int, capacity), other = leat_make(int, capacity);
	chooser self = { .one = one.rx, .other = other.rx, .got = -1 };
	leat_tx last = one.tx;

	begin(&self.behind, choose, &self);
	for (int i = 0; i < 500; i++) {
		leat_tx next = leat_dup(last);

		leat_drop(last);
		last = next;
	}
	must_block(&self.behind);
	leat_drop(last);
	must_return(&self.behind);
	check(self.chosen == 0 && self.ok == 0 && self.got == 0);
	leat_drop(one.rx);
	leat_drop(other);
}

/* Three states before the select begins: there is a value and no sender; the sender has gone; the second channel has a
 * value. */
static void before_it_begins(void)
{
	leat_chan value = leat_make(int, capacity + 1), gone = leat_make(int, capacity);
	leat_chan quiet = leat_make(int, capacity);
	chooser self = { .one = value.rx, .other = quiet.rx };

	send_ints(value.tx, 5, 1);
	leat_drop(value.tx);
	choose(&self);
	check(self.chosen == 0 && self.ok == 1 && self.got == 5);
	choose(&self);
	check(self.chosen == 0 && self.ok == 0 && self.got == 0);
	leat_drop(gone.tx);
	self = (chooser){ .one = quiet.rx, .other = gone.rx };
	choose(&self);
	check(self.chosen == 1 && self.ok == 0);
	leat_drop(value.rx);
	leat_drop(gone.rx);
	leat_drop(quiet);
}

/* Each worker has a duplicate. The stream ends when the last worker has dropped its own. */
enum { WORKERS = 4, EACH = 500 };

static void send_from_duplicates(void *of_tx)
{
	leat_tx tx = *(leat_tx *)of_tx;

	for (int i = 0; i < EACH; i++) {
		leat_tx next = leat_dup(tx);

		check(leat_send(tx, &i) == 1);
		leat_drop(tx);
		tx = next;
	}
	leat_drop(tx);
}

static void while_values_travel(void)
{
	leat_chan chan = leat_make(int, capacity);
	background workers[WORKERS];
	leat_tx ends[WORKERS];
	int count = 0;

	for (int i = 0; i < WORKERS; i++) {
		ends[i] = leat_dup(chan.tx);
		begin(&workers[i], send_from_duplicates, &ends[i]);
	}
	leat_drop(chan.tx);
	for (int n; leat_recv(chan.rx, &n) > 0; count++) {
		leat_rx next = leat_dup(chan.rx);

		leat_drop(chan.rx);
		chan.rx = next;
	}
	check(count == WORKERS * EACH);
	for (int i = 0; i < WORKERS; i++)
		must_return(&workers[i]);
	leat_drop(chan.rx);
}

int main(int argc, char **argv)
{
	return RUN(around_a_select_that_sleeps, the_last_of_many, before_it_begins, while_values_travel);
}
