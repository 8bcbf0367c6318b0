/* SPDX-License-Identifier: 0BSD
 *
 * receive_string.cc - must not compile: memcpy may not move a std::string.
 */
#include <leat.h>
#include <string>

int use(leat_chan chan, std::string *text, leat_time t);

int use(leat_chan chan, std::string *text, leat_time t)
{
#ifdef REPAIRED
	return leat_recv_by(chan.rx, &text, t);
#else
	return leat_recv_by(chan.rx, text, t);
#endif
}
