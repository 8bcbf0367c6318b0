/* SPDX-License-Identifier: 0BSD
 *
 * make_of_string.cc - must not compile: memcpy may not move a std::string.
 */
#include <leat.h>
#include <string>

void use(leat_chan *chan);

void use(leat_chan *chan)
{
#ifdef REPAIRED
	*chan = leat_make(std::string *, 2);
#else
	*chan = leat_make(std::string, 2);
#endif
}
