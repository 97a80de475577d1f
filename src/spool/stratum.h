#pragma once
// Which images are kept. Each belongs to one stratum, and each stratum has its inclusion
// probability π, so that figures of the kept ones can be weighted back to all (Horvitz and
// Thompson, 1952).

#include <cstdint>
#include <string_view>

#include "spool/spool.h"

namespace paucal::spool {

enum class Stratum { kNg, kDoubtful, kOk };
std::string_view name_of(Stratum stratum);  // "ng", "doubtful", "ok"

// Doubtful: p nearer to the threshold than options.doubtful_within; of a classification, the
// likeliest class less far ahead of the next.
Stratum stratum_of(const SpoolOptions& options, const edge::ModelCard& card,
                   const edge::Prediction& prediction);
double inclusion_probability(const SpoolOptions& options, Stratum stratum);

// The draw hangs on the image's bytes and the secret seed alone: an image that comes again is no
// second draw.
bool is_drawn(std::string_view image, std::uint64_t seed, double probability);

}  // namespace paucal::spool
