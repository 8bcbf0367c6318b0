/* SPDX-License-Identifier: 0BSD
 *
 * send_string.cc - must not compile: memcpy may not move a std::string.
 */
#include <leat.h>
#include <string>

int use(leat_chan chan, std::string *text);

int use(leat_chan chan, std::string *text)
{
#ifdef REPAIRED
	return leat_send(chan.tx, &text);
#else
	return leat_send(chan.tx, text);
#endif
}
