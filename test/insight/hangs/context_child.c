/* SPDX-License-Identifier: 0BSD
 *
 * context_child - main cancels a context and waits for all that were given it, but main itself keeps a child of it.
 */
#include "../insight.h"

int main(void)
{
	leat_context *request = leat_context_with_cancel(leat_context_background());
	leat_context *query = leat_context_with_cancel(request);

	(void)leat_context_cancel(request);
	(void)leat_context_wait(request, LEAT_NEVER);
	leat_context_drop(query);
	return 1;
}

/* status: 2
 * report: main waits to be the only receiver of
 */
