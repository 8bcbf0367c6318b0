/* SPDX-License-Identifier: 0BSD
 *
 * lock_and_channel - main sends with a mutex locked. The receiver locks the same mutex before it receives. (etcd had
 * this fault in its keeper of tokens.)
 */
#include "../insight.h"

static leat_mutex users;
static leat_chan tokens;

static void keep_tokens(void *arg)
{
	int token;

	(void)arg;
	leat_mutex_lock(&users);
	(void)leat_recv(tokens.rx, &token);
	leat_mutex_unlock(&users);
}

int main(void)
{
	tokens = leat_make(int, 0);
	leat_name(tokens, "tokens");
	leat_mutex_lock(&users);
	start(keep_tokens, NULL);
	(void)leat_send(tokens.tx, &(int){ 1 });
	leat_mutex_unlock(&users);
	return 1;
}

/* status: 2
 * report: main waits to send to tokens
 * report: keep_tokens waits for a mutex, which main holds
 */
