/* SPDX-License-Identifier: 0BSD
 *
 * case_into_string.cc - must not compile: memcpy may not move a std::string.
 */
#include <leat.h>
#include <string>

leat_case use(leat_chan chan, std::string *text);

leat_case use(leat_chan chan, std::string *text)
{
#ifdef REPAIRED
	return LEAT_RECV(chan.rx, &text);
#else
	return LEAT_RECV(chan.rx, text);
#endif
}
