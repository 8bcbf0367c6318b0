/* SPDX-License-Identifier: 0BSD
 *
 * own_mailbox - an actor makes two messages of each one, and sends them to its own mailbox. It is the only receiver. So
 * it waits for itself when the mailbox is full. (A node of the Lightning network had this fault.)
 */
#include "../insight.h"

static void act(void *of_mailbox)
{
	leat_chan mailbox = *(leat_chan *)of_mailbox;

	for (int n; leat_recv(mailbox.rx, &n) > 0;)
		for (int i = 0; i < 2; i++)
			(void)leat_send(mailbox.tx, &n);
}

int main(void)
{
	leat_chan mailbox = leat_make(int, 4);

	leat_name(mailbox, "mailbox");
	must(leat_send(mailbox.tx, &(int){ 1 }) > 0);
	start(act, &mailbox);
	return leat_wait_all(LEAT_NEVER);
}

/* status: 2
 * report: act waits to send to mailbox
 * report: main waits for the end of all functions
 */
