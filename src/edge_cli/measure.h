#pragma once
// What a benchmark measures: times, their percentiles, and what the processor could do at most.

#include <functional>
#include <vector>

namespace paucal::edge_cli {

// Seconds of each of `rounds` calls, sorted, after a few that do not count.
std::vector<double> time_rounds(int rounds, const std::function<void()>& body);

// Of sorted times: the nearest rank, `share` from 0 to 1.
double percentile(const std::vector<double>& sorted, double share);

// Multiplications and additions a second that `threads` threads reach in registers: the best of
// several short tries, with fused multiply-add where the processor has it.
double peak_flops(int threads);

// Largest resident memory of this process so far, in bytes.
size_t peak_memory();

}  // namespace paucal::edge_cli
