/* SPDX-License-Identifier: 0BSD
 *
 * values_of_string.cc - must not compile: memcpy may not move a std::string.
 */
#include <leat.h>
#include <string>

leat_rx use(leat_rx done);

leat_rx use(leat_rx done)
{
#ifdef REPAIRED
	return leat_generator(done, LEAT_VALUES(const char *, "a", "b"));
#else
	return leat_generator(done, LEAT_VALUES(std::string, "a", "b"));
#endif
}
