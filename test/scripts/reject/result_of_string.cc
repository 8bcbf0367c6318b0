/* SPDX-License-Identifier: 0BSD
 *
 * result_of_string.cc - must not compile: memcpy may not move a std::string.
 */
#include <leat.h>
#include <string>

leat_type use(void);

leat_type use(void)
{
#ifdef REPAIRED
	typedef LEAT_RESULT(int) result; return *LEAT_TYPE(result);
#else
	typedef LEAT_RESULT(std::string) result; return *LEAT_TYPE(result);
#endif
}
