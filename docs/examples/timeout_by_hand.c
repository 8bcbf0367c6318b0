/* SPDX-License-Identifier: 0BSD
 *
 * timeout_by_hand - what a deadline does, done by hand: a thread sleeps and then sends a token.
 *
 * The channel needs room for one. Then the thread can leave its token and end even if the answer has come first and
 * nobody looks for the token. (A deadline of leat needs no thread: see timeout.c.)
 *
 * The clock is fake and runs by itself.
 */
#include <leat.h>
#include <stdio.h>

struct timer { leat_time duration; leat_chan token; };

static void sleep_and_tell(void *of_timer)
{
	struct timer *timer = of_timer;

	leat_sleep(timer->duration);
	(void)leat_signal(timer->token.tx);
}

static void wait_a_second_for(leat_rx numbers)
{
	struct timer timer = { LEAT_S(1), leat_make_of(&(leat_type){ "token", 0, NULL, NULL }, 1) };
	leat_time start = leat_now();
	int n;
	leat_case on[] = { LEAT_RECV(numbers, &n), LEAT_WAIT(timer.token.rx) };

	if (leat_go(sleep_and_tell, &timer) < 0)
		return;
	if (leat_select(on, LEAT_NEVER) == 0)
		printf("%d came.\n", n);
	else
		printf("Timed out.\n");
	(void)leat_wait_all(LEAT_NEVER);
	printf("The timer has ended after %d s, %zu token left.\n", (int)((leat_now() - start) / LEAT_S(1)),
	       leat_len(timer.token));
	leat_drop(timer.token);
}

int main(void)
{
	leat_chan numbers = leat_make(int, 1);

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	wait_a_second_for(numbers.rx);
	(void)leat_send(numbers.tx, &(int){ 7 }); /* there is room, so this does not block */
	wait_a_second_for(numbers.rx);
	leat_drop(numbers);
	return 0;
}
