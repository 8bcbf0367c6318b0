/* SPDX-License-Identifier: 0BSD
 *
 * publish_string.cc - must not compile: memcpy may not move a std::string.
 */
#include <leat.h>
#include <string>

long use(leat_broadcast *all, std::string *text, leat_rx done);

long use(leat_broadcast *all, std::string *text, leat_rx done)
{
#ifdef REPAIRED
	return leat_publish(all, &text, done, LEAT_NEVER);
#else
	return leat_publish(all, text, done, LEAT_NEVER);
#endif
}
