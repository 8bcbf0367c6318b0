/* SPDX-License-Identifier: 0BSD
 *
 * for_select - loops that work until done is over.
 *
 * One loop sends values: leat_send_or sends or stops. Two loops only check whether done is over, and do not wait. The
 * first works after the check, the second in the default branch of a select.
 *
 * Work takes a second. The clock is fake and runs by itself.
 * The book: P60, fig-select-for-select-default.go (the last line)
 */
#include <leat.h>
#include <stdio.h>

struct letters { leat_rx done; leat_tx out; };

static void send_letters(void *of_letters)
{
	struct letters *letters = of_letters;
	static const char all[] = { 'a', 'b', 'c' };

	for (size_t i = 0; i < sizeof all && leat_send_or(letters->out, &all[i], letters->done) > 0; i++)
		;
	leat_drop(letters->out);
}

static int letters_until_done(leat_rx done)
{
	leat_chan chan = leat_make(char, 0);
	struct letters letters = { done, chan.tx };

	if (leat_go(send_letters, &letters) < 0)
		return -1;
	for (char letter; leat_recv(chan.rx, &letter) > 0;)
		printf("%c\n", letter);
	leat_drop(chan.rx);
	return leat_wait_all(LEAT_NEVER);
}

static void work(int *cycles)
{
	++*cycles;
	leat_sleep(LEAT_S(1));
}

static void work_behind(leat_rx done)
{
	int cycles = 0;

	for (;;) {
		if (leat_wait_ready_by(done, LEAT_NOW) >= 0)
			break; /* done is over or has a value */
		work(&cycles);
	}
	printf("Achieved %d cycles of work before signalled to stop.\n", cycles);
}

static void work_otherwise(leat_rx done)
{
	leat_case on[] = { LEAT_READY(done) };
	int cycles = 0, stop = 0;

	while (!stop) {
		switch (leat_select(on, LEAT_NOW)) {
		case 0:
			stop = 1;
			break;
		default:
			work(&cycles);
		}
	}
	printf("Achieved %d cycles of work before signalled to stop.\n", cycles);
}

static void until(leat_time duration, void (*loop)(leat_rx done))
{
	leat_rx done = leat_after(duration);

	loop(done);
	leat_drop(done);
}

int main(void)
{
	leat_rx never = LEAT_NIL;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0 || letters_until_done(never) < 0)
		return 1;
	until(LEAT_S(5), work_behind);
	until(LEAT_S(5), work_otherwise);
	return 0;
}
