/* SPDX-License-Identifier: 0BSD
 *
 * context.hpp - contexts in C++, and a scope that waits for what was started in it.
 */
#ifndef LEAT_CONTEXT_HPP
#define LEAT_CONTEXT_HPP

#include "channel.hpp"
#include "context.h"

namespace leat {

/* ---- context.c ----------------------------------------------------------------------------------- */

/* The name of a value of a context: a variable whose address is the key. static const leat::key<std::string> user; */
template <class T> struct key {
	key() noexcept {}
	key(const key &) = delete;
	key &operator=(const key &) = delete;
};

/* A handle of a leat_context, which moves like a unique_ptr. Its end drops it, and the end of the last one cancels the
 * context. A context serves as `done` wherever one is asked for. context.h describes the calls. */
class context {
public:
	/* The context to begin with. It is never over. */
	context() noexcept : context_(leat_context_background()) {}
	context(context &&from) noexcept : context_(std::exchange(from.context_, nullptr)) {}
	context &operator=(context &&from) noexcept
	{
		context old(std::move(*this));
		context_ = std::exchange(from.context_, nullptr);
		return *this;
	}
	~context() { leat_context_drop(context_); }

	/* Children. One that cannot be made is over, with the cause ENOMEM. */
	context with_cancel() const { return context((leat_context_with_cancel)(context_)); }
	context with_deadline(deadline t) const { return context(leat_context_with_deadline(context_, t.get())); }
	context without_cancel() const { return context(leat_context_without_cancel(context_)); }

	/* A child with a value, which lives as long as a context that has it; and the nearest value of a key, or nullptr. */
	template <class T> context with_value(const key<T> &key, T value) const
	{
		auto *owned = new T(std::move(value));
		return context((leat_context_with_value)(context_, &key, owned, [](void *it) { delete static_cast<T *>(it); }));
	}
	template <class T> const T *value(const key<T> &key) const noexcept
	{
		return static_cast<const T *>(leat_context_value(context_, &key));
	}

	/* Make another handle of the same context. */
	context dup() const { return context(leat_context_dup(context_)); }

	/* Cancel it, with an errno value as its cause. Returns whether this call did it. */
	bool cancel(int cause = ECANCELED) const noexcept { return leat_context_cancel_with(context_, cause) > 0; }

	/* Whether it is over; why: an errno value, 0 if it is not over. */
	bool over() const noexcept { return leat_context_err(context_) != 0; }
	int cause() const noexcept { return leat_context_cause(context_); }

	/* leat_context_wait: wait until all that was given this context has ended. Returns false if the deadline passed. */
	bool wait(deadline t = {}) const noexcept { return leat_context_wait(context_, t.get()) > 0; }

	operator done_view() const noexcept { return leat_context_done(context_); }
	leat_context *get() const noexcept { return context_; }

private:
	explicit context(leat_context *made) noexcept : context_(made) {}

	leat_context *context_;
};

/* A context that ends with its block: its end cancels it, and waits until all stages and calls that were given it have
 * ended. So what they have by reference may be a variable of the block around:
 *
 *     std::map<std::string, int> counts;
 *     leat::scope scope;
 *     files(scope) | leat::map(scope, [&](std::string word) { ... }) | ...
 *
 * Make it after what the stages refer to, and before their streams. It waits for ever for a child that outlives it. */
class scope : public context {
public:
	/* Throws std::system_error if the context cannot be made: it could not wait for anything. */
	explicit scope(const context &parent = {}) : context(parent.with_cancel())
	{
		if (leat_context_wait(get(), LEAT_NOW) < 0 && errno == EINVAL)
			detail::raise(cause(), nullptr);
	}
	scope(scope &&) = delete;
	~scope()
	{
		(void)cancel();
		(void)wait();
	}
};

} // namespace leat
#endif
