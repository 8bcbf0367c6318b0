/* SPDX-License-Identifier: 0BSD
 *
 * case_of_string.cc - must not compile: memcpy may not move a std::string.
 */
#include <leat.h>
#include <string>

leat_case use(leat_chan chan, const std::string *text);

leat_case use(leat_chan chan, const std::string *text)
{
#ifdef REPAIRED
	return LEAT_SEND(chan.tx, &text);
#else
	return LEAT_SEND(chan.tx, text);
#endif
}
