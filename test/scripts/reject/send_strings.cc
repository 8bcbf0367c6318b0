/* SPDX-License-Identifier: 0BSD
 *
 * send_strings.cc - must not compile: memcpy may not move a std::string.
 */
#include <leat.h>
#include <string>

long use(leat_chan chan, std::string *texts);

long use(leat_chan chan, std::string *texts)
{
#ifdef REPAIRED
	return leat_send_n(chan.tx, &texts, 1, LEAT_NOW);
#else
	return leat_send_n(chan.tx, texts, 1, LEAT_NOW);
#endif
}
