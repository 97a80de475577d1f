#pragma once
// How the loop stands.

#include "review/store.h"

namespace paucal::loop {

// {"streams": [{"station", "model", "version", "model_sha256", "parts", "watched": "all",
// "pictures" or "nothing", "baseline"}], "images", "queue", "audit", "rates", "alarms",
// "challenge"}; null where there is nothing. Reads alone.
Json loop_status(review::Store& store);

}  // namespace paucal::loop
