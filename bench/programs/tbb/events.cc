// SPDX-License-Identifier: 0BSD
//
// events batch ROOM - what 3 million events come to, in batches. See ../events.c. TBB passes no single events.
#include <tbb/parallel_pipeline.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

static const uint64_t EVENTS = 3000000, BATCH = 256;
static const int UNSUPPORTED = 3, STAGES = 6;

struct Event {
	uint64_t time, amount;
	uint32_t kind, user;
};

typedef std::vector<Event> Batch;

static Event make(uint64_t n)
{
	uint64_t mixed = (n + 1) * 0x9e3779b97f4a7c15;
	return { 1000 * n, mixed >> 40, uint32_t(mixed >> 20 & 7), uint32_t(mixed >> 8 & 4095) };
}

static bool check(Event &event)
{
	return event.kind != 0;
}

static bool convert(Event &event)
{
	static const uint64_t rates[] = { 1, 3, 5, 7, 11, 13, 17, 19 };
	event.amount = event.amount * rates[event.kind] / 8;
	return true;
}

static bool tax(Event &event)
{
	event.amount += event.amount / 5;
	return true;
}

static bool place(Event &event)
{
	event.user = event.user * 31 % 1021;
	event.time /= 1000;
	return true;
}

struct Sum {
	uint64_t events, amount, users, time;
	void add(const Event &event)
	{
		events++;
		amount += event.amount;
		users += event.user;
		time += event.time;
	}
};

// A stage with a step, one batch after the other.
template <bool (*step)(Event &)> static tbb::filter<Batch *, Batch *> through()
{
	return tbb::make_filter<Batch *, Batch *>(tbb::filter_mode::serial_in_order, [](Batch *batch) {
		auto leave_out = [](Event &event) { return !step(event); };
		batch->erase(std::remove_if(batch->begin(), batch->end(), leave_out), batch->end());
		return batch;
	});
}

int main(int argc, char **argv)
{
	size_t tokens = argc == 3 ? STAGES * strtoul(argv[2], nullptr, 10) : 0, turn = 0;
	if (tokens == 0)
		return 2;
	if (strcmp(argv[1], "batch") != 0)
		return UNSUPPORTED;
	std::vector<Batch> batches(tokens);
	uint64_t count = 0;
	Sum sum{};
	auto source = tbb::make_filter<void, Batch *>(tbb::filter_mode::serial_in_order, [&](tbb::flow_control &flow) {
		Batch *batch = &batches[turn++ % tokens];
		batch->clear();
		while (batch->size() < BATCH && count < EVENTS)
			batch->push_back(make(count++));
		if (batch->empty())
			flow.stop();
		return batch;
	});
	auto sink = tbb::make_filter<Batch *, void>(tbb::filter_mode::serial_in_order, [&](Batch *batch) {
		for (const Event &event : *batch)
			sum.add(event);
	});
	tbb::parallel_pipeline(tokens, source & through<check>() & through<convert>() & through<tax>() & through<place>() &
	                                       sink);
	printf("%ju events, amount %ju, users %ju, time %ju\n", uintmax_t(sum.events), uintmax_t(sum.amount),
	       uintmax_t(sum.users), uintmax_t(sum.time));
	return 0;
}
