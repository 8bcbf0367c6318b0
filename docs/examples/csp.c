/* SPDX-License-Identifier: 0BSD
 *
 * csp - the notation of Hoare's Communicating Sequential Processes, from which channels come, and the same in leat:
 *
 *     X?(x, y)                           leat_recv(x, &pair)          a pair is a struct
 *     DIV!(3*a + b, 13)                  leat_send(div, &(struct pair){ 3 * a + b, 13 })
 *     *[c:character; west?c -> east!c]   for (char c; leat_recv(west, &c) > 0;) leat_send(east, &c);
 *
 * The last one copies until west has terminated; then leat_recv returns 0. As a stage it is leat_or_done.
 */
#include <leat.h>
#include <stdio.h>

struct pair { int x, y; };
struct process { leat_rx in; leat_tx out; };

/* *[x, y:integer; X?(x, y) -> X!(x/y, x mod y)] */
static void divide(void *of_process)
{
	struct process *self = of_process;

	for (struct pair asked; leat_recv(self->in, &asked) > 0;)
		(void)leat_send(self->out, &(struct pair){ asked.x / asked.y, asked.x % asked.y });
	leat_drop(self->out);
}

/* *[c:character; west?c -> east!c] */
static void copy(void *of_process)
{
	struct process *self = of_process;

	for (char c; leat_recv(self->in, &c) > 0;)
		(void)leat_send(self->out, &c);
	leat_drop(self->out);
}

static int ask_div(int a, int b)
{
	leat_chan questions = leat_make(struct pair, 0), answers = leat_make(struct pair, 0);
	struct process div = { questions.rx, answers.tx };
	struct pair answer;

	if (leat_go(divide, &div) < 0)
		return -1;
	(void)leat_send(questions.tx, &(struct pair){ 3 * a + b, 13 });
	if (leat_recv(answers.rx, &answer) > 0)
		printf("DIV!(%d, 13), DIV?(%d, %d)\n", 3 * a + b, answer.x, answer.y);
	leat_drop(questions.tx);
	(void)leat_wait_all(LEAT_NEVER);
	leat_drop(questions.rx);
	leat_drop(answers.rx);
	return 0;
}

static int copy_a_card(const char *card)
{
	leat_chan west = leat_make(char, 0), east = leat_make(char, 0);
	struct process between = { west.rx, east.tx };

	if (leat_go(copy, &between) < 0)
		return -1;
	printf("west?c -> east!c: ");
	for (char c; *card; card++) {
		(void)leat_send(west.tx, card);
		if (leat_recv(east.rx, &c) > 0)
			putchar(c);
	}
	leat_drop(west.tx);
	printf("%s\n", leat_wait(east.rx) == 0 ? ", terminated" : ", and more");
	(void)leat_wait_all(LEAT_NEVER);
	leat_drop(west.rx);
	leat_drop(east.rx);
	return 0;
}

int main(void)
{
	return ask_div(20, 5) < 0 || copy_a_card("cardimage") < 0;
}
