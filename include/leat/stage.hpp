/* SPDX-License-Identifier: 0BSD
 *
 * stage.hpp - stages of your own in C++: a body in C++, or a stage in C between others; what | means.
 *
 *     auto lines = texts | leat::stage<std::string>([](leat::input<std::string> &in, leat::output<std::string> &out) {
 *             for (std::string &text : in)
 *                     for (std::string &line : split(text))
 *                             if (!out.emit(std::move(line)))
 *                                     return;
 *     });
 *
 * The rules for all stages are in stages.hpp.
 */
#ifndef LEAT_STAGE_HPP
#define LEAT_STAGE_HPP

#include "channel.hpp"
#include "stage.h"

namespace leat {

/* ---- for bodies ---------------------------------------------------------------------------------- */

/* The body of a stage reads its values here: for (T &value : in). A value is good until the next one is received; move from it to
 * keep it. The loop ends when it is time to return, as stage.h calls it. */
template <class T> class input {
public:
	explicit input(leat_stage *stage) noexcept : stage_(stage) {}

	/* Receive the next value. nullptr: it is time to return, or all inputs are over. */
	T *next()
	{
		element_ = leat_next(stage_);
		return element_ ? &detail::element<T>::at(element_) : nullptr;
	}

	class iterator {
	public:
		explicit iterator(input *in) : in_(in), value_(in ? in->next() : nullptr) {}
		T &operator*() const { return *value_; }
		iterator &operator++()
		{
			value_ = in_->next();
			return *this;
		}
		bool operator!=(const iterator &other) const { return value_ != other.value_; }

	private:
		input *in_;
		T *value_;
	};
	iterator begin() { return iterator(this); }
	iterator end() { return iterator(nullptr); }

private:
	template <class> friend class output;
	leat_stage *stage_;
	void *element_ = nullptr;
};

/* Where the body of a stage sends. */
template <class T> class output {
public:
	explicit output(leat_stage *stage) noexcept : stage_(stage) {}

	/* Send a value.
	 *   blocks    until the value has gone, or it is time to return
	 *   returns   false: it is time to return, and the value is lost */
	bool emit(T value)
	{
		if constexpr (detail::is_boxed<T>) {
			T *box = new T(std::move(value));
			return leat_emit(stage_, &box);
		} else {
			return leat_emit(stage_, &value);
		}
	}

	/* Send the value that `in` has received last, as it lies there. Otherwise as emit. */
	bool pass_on(const input<T> &in) { return leat_emit(stage_, in.element_); }

	/* Whether the stage goes on, for a body that works for long without emitting. */
	bool running() const { return leat_running(stage_); }

private:
	leat_stage *stage_;
};

namespace detail {

/* ---- how a stage starts -------------------------------------------------------------------------- */

/* All workers of a stage share one job. The last one that ends destroys it. */
class job {
public:
	job() = default;
	job(const job &) = delete;
	job &operator=(const job &) = delete;
	virtual ~job() = default;
	virtual void run(leat_stage *stage) = 0;
};

template <class Body> class job_of final : public job {
public:
	explicit job_of(Body body) : body_(std::move(body)) {}
	void run(leat_stage *stage) override { body_(stage); }

private:
	Body body_;
};

/* Each worker has a copy of this: the arg of the plan, in a box. */
struct share {
	std::shared_ptr<detail::job> job;
	failure_ptr failed;
};

/* A worker lets go of the failure before its output ends. So the exception ends in the thread of its reader. (If it
 * ended here, the thread sanitizer would report a race: it does not see how the C++ library counts the users of an
 * exception.) */
inline void run_share(leat_stage *stage, void *arg)
{
	share &self = element<share>::at(arg);

	try {
		self.job->run(stage);
	} catch (...) {
		leat_fail(stage, self.failed->keep(caught()));
	}
	self.failed.reset();
}

/* A plan without its body. */
struct shape {
	const char *name;
	done_view done;
	std::size_t workers = 1;
	const leat_type *type = nullptr; /* of the outputs */
};

/* Start a stage with the inputs in[0..ins-1], which it takes, and the outputs out[0..outs-1]. leat copies the share for
 * each worker. */
inline void launch(const shape &shape, share first, const leat_rx *in, std::size_t ins, leat_rx *out, std::size_t outs)
{
	share *arg = &first;
	leat_plan plan = {};

	plan.name = shape.name;
	plan.done = shape.done.get();
	plan.in = in;
	plan.ins = ins;
	plan.type = shape.type;
	plan.out = out;
	plan.outs = outs;
	plan.workers = shape.workers;
	plan.body = shape.workers ? run_share : nullptr;
	plan.arg = &arg;
	plan.arg_type = &element<share>::type;
	plan.shares = shape.workers > 1;
	(void)(leat_stage_start)(&plan); /* the first output, which is in out[0] too */
}

/* The same for handles that own. All that may throw comes before they are released. */
template <class Out, class In, class Body>
void start(shape shape, rx<In> *in, std::size_t ins, rx<Out> *out, std::size_t outs, Body body)
{
	std::vector<failure_ptr> upstream;
	std::vector<leat_rx> inputs(ins), outputs(outs);

	for (std::size_t i = 0; i < ins; i++)
		upstream.push_back(access::failure_of(in[i]));
	const auto failed = std::make_shared<failure>(std::move(upstream));
	share first{ std::unique_ptr<job>(new job_of<Body>(std::move(body))), failed };
	for (std::size_t i = 0; i < ins; i++)
		inputs[i] = in[i].release();
	shape.type = &element<Out>::type;
	launch(shape, std::move(first), inputs.data(), ins, outputs.data(), outs);
	for (std::size_t i = 0; i < outs; i++)
		out[i] = access::make<Out>(outputs[i], failed);
}

template <class Out, class In, class Body> rx<Out> start_one(const shape &shape, rx<In> in, Body body)
{
	rx<Out> out;

	start(shape, &in, 1, &out, 1, std::move(body));
	return out;
}

/* ---- what | joins -------------------------------------------------------------------------------- */

/* A stage without a stream: apply(in) starts it. */
template <class Apply> struct pipe {
	Apply apply;
};
template <class Apply> pipe(Apply) -> pipe<Apply>;

template <class T, class Apply> auto operator|(rx<T> in, pipe<Apply> stage)
{
	return stage.apply(std::move(in));
}

template <class First, class Second> auto operator|(pipe<First> first, pipe<Second> second)
{
	return pipe{ [first = std::move(first), second = std::move(second)](auto in) mutable {
		return second.apply(first.apply(std::move(in)));
	} };
}

} // namespace detail

/* ---- stages of your own --------------------------------------------------------------------------- */

/* leat::source<T>(done, f): a source with a body of your own. f(out) is called once, and emits:
 *
 *     leat::source<int>([](leat::output<int> &out) { for (int n = 0; out.emit(n); n++); }) */
template <class T, class F> rx<T> source(done_view done, F f)
{
	rx<T> out, *none = nullptr;

	detail::start({ "source", done }, none, 0, &out, 1, [f = std::move(f)](leat_stage *stage) mutable {
		output<T> to(stage);
		f(to);
	});
	return out;
}
template <class T, class F> rx<T> source(F f) { return source<T>(done_view(), std::move(f)); }

/* leat::stage<Out>(done, f): a stage with a body of your own: f(in, out), with an input and an output. */
template <class Out, class F> auto stage(done_view done, F f)
{
	return detail::pipe{ [done, f = std::move(f)](auto in) mutable {
		using T = typename decltype(in)::value_type;
		return detail::start_one<Out>({ "stage", done }, std::move(in), [f = std::move(f)](leat_stage *self) mutable {
			input<T> from(self);
			output<Out> to(self);
			f(from, to);
		});
	} };
}
template <class Out, class F> auto stage(F f) { return stage<Out>(done_view(), std::move(f)); }

/* leat::via(f): a stage in C. f(leat_rx) gets the stream as a handle, and gives a stream of the same type, or of the
 * type Out in leat::via<Out>(f). Exceptions of the stages before it still reach the reader.
 *
 *     words | leat::via([&](leat_rx in) { return leat_limit(done, in, &limiter); }) */
template <class Out = void, class F> auto via(F f)
{
	return detail::pipe{ [f = std::move(f)](auto in) mutable {
		using T = typename decltype(in)::value_type;
		using U = std::conditional_t<std::is_void_v<Out>, T, Out>;
		detail::failure_ptr failure = detail::access::failure_of(in);
		return detail::access::make<U>(leat_expect_of(f(in.release()), &detail::element<U>::type), std::move(failure));
	} };
}

} // namespace leat
#endif
