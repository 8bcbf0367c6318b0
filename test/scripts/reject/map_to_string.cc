/* SPDX-License-Identifier: 0BSD
 *
 * map_to_string.cc - must not compile: memcpy may not move a std::string.
 */
#include <leat.h>
#include <string>

leat_rx use(leat_rx done, leat_rx in, int (*fn)(void *, const void *, void *));

leat_rx use(leat_rx done, leat_rx in, int (*fn)(void *, const void *, void *))
{
#ifdef REPAIRED
	return leat_map(done, in, int, fn, nullptr);
#else
	return leat_map(done, in, std::string, fn, nullptr);
#endif
}
