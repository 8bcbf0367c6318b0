/* SPDX-License-Identifier: 0BSD
 *
 * map_of_other.cc - must not compile: the function does not take what the stream has.
 */
#include <leat.hpp>
#include <string>

leat::rx<std::size_t> sizes(leat::rx<int> in);

leat::rx<std::size_t> sizes(leat::rx<int> in)
{
#ifdef REPAIRED
	return std::move(in) | leat::map([](int n) { return static_cast<std::size_t>(n); });
#else
	return std::move(in) | leat::map([](const std::string &text) { return text.size(); });
#endif
}
