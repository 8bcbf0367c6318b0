/* SPDX-License-Identifier: 0BSD
 *
 * ordered.hpp - a map in C++ with several threads, whose results keep the order of the input.
 */
#ifndef LEAT_ORDERED_HPP
#define LEAT_ORDERED_HPP

#include "stages.hpp"
#include "stages.h"

#include <atomic>

namespace leat {

/* ---- map_ordered.c ------------------------------------------------------------------------------- */

namespace detail {

/* leat_map_ordered does not own its arg. So each worker counts itself out at its end, and the last one ends this. */
template <class F, class T> struct ordered {
	F f;
	failure_ptr failed;
	std::atomic<std::size_t> workers;

	using made = made_by<const F, T>;
	using Out = typename made::type;

	static int call(void *arg, const void *from, void *to)
	{
		ordered &self = *static_cast<ordered *>(arg);

		try {
			/* The value belongs to the stage, in memory of its own: it may be moved from. */
			T &value = element<T>::at(const_cast<void *>(from));
			if constexpr (made::is_optional) {
				auto result = self.invoke(value);
				return result ? put(to, std::move(*result)) : 0;
			} else {
				return put(to, self.invoke(value));
			}
		} catch (...) {
			return -self.failed->keep(caught());
		}
	}
	static int put(void *to, Out value)
	{
		if constexpr (is_boxed<Out>)
			*static_cast<Out **>(to) = new Out(std::move(value));
		else
			new (to) Out(std::move(value));
		return 1;
	}
	auto invoke(T &value) const { return f(std::move(value)); }
	static void end(void *arg)
	{
		ordered *self = static_cast<ordered *>(arg);
		if (--self->workers == 0)
			delete self;
	}
};

} // namespace detail

/* leat::map_ordered(done, n, f): map in n threads, with results in the order of the input. Otherwise as map_n. */
template <class F> auto map_ordered(done_view done, std::size_t n, F f)
{
	return detail::pipe{ [done, n, f = std::move(f)](auto in) mutable {
		using job = detail::ordered<F, typename decltype(in)::value_type>;
		const auto failed = std::make_shared<detail::failure>(std::vector{ detail::access::failure_of(in) });
		std::unique_ptr<job> owned(new job{ std::move(f), failed, { n } });
		leat_workers how = {};
		how.count = n;
		how.end = job::end;
		const leat_rx out = leat_map_ordered_by_("map_ordered", done.get(), in.release(),
		                                         &detail::element<typename job::Out>::type, job::call, owned.get(), how);
		if (!leat_never_started_(out.ch))
			(void)owned.release();
		return detail::access::make<typename job::Out>(out, failed);
	} };
}
template <class F> auto map_ordered(std::size_t n, F f) { return map_ordered(done_view(), n, std::move(f)); }

} // namespace leat
#endif
