/* leat_drain - the end of a pipeline: receive and discard all values.
 *
 *     a b c -> [drain]
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

int leat_drain(leat_rx in)
{
	int cause, result = leat_is_nil(in) ? 0 : 1; /* a nil stream would block for ever */

	while (result > 0)
		result = leat_wait(in);
	cause = result < 0 ? errno : leat_cause(in); /* errno: no memory to receive a large value into */
	leat_drop(in);
	return cause;
}
