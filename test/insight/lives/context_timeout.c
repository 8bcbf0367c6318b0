/* SPDX-License-Identifier: 0BSD
 *
 * context_timeout - main and a stage wait for values that nobody sends. The timeout of a context ends both waits.
 */
#include "../insight.h"

int main(void)
{
	leat_context *request = leat_context_with_timeout(leat_context_background(), a_while());
	leat_context *query = leat_context_with_cancel(request);
	leat_chan numbers = leat_make(int, 0);
	leat_rx some = leat_take(leat_context_done(query), leat_dup(numbers.rx), 3);
	int n;

	must(leat_recv_or(numbers.rx, &n, leat_context_done(query)) < 0 && errno == ECANCELED);
	must(leat_drain(some) == ETIMEDOUT && leat_wait_all(LEAT_NEVER) > 0);
	leat_context_drop(query);
	leat_context_drop(request);
	leat_drop(numbers);
	return 0;
}
