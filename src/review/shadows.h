#pragma once
// Shadows: an image once more, for another reader. What is decided of one is a reading, never
// exported. Kinds: blind (readings.h), audit (audit.h), honeypot (honeypots.h).

#include <optional>
#include <string>
#include <string_view>

#include "review/act.h"

namespace paucal::review {

struct Shadow {
  int64_t of = 0;
  std::string kind;  // blind, audit, honeypot

  // Whether its reader is told so: such readings show nothing of what others and models say. A
  // honeypot must look like any other image.
  bool is_blind() const { return kind != "honeypot"; }
};
std::optional<Shadow> shadow_of(Database& database, int64_t image);

// The image's file once more. `id` 0: the next one.
int64_t add_shadow(Database& database, const Moment& moment, int64_t image, std::string_view kind,
                   int64_t id = 0);

void put_into_queue(Database& database, int64_t queue, int64_t image, int64_t rank);

// The event that a shadow of `image` was made.
void record_plant(Database& database, const Moment& moment, int64_t shadow, int64_t image,
                  std::string_view kind);

// An event of the store itself, or of a person who used it as a whole: an import, an audit.
Event store_event(Database& database, const Moment& moment, std::string action);

// 0 … 1, keyed by the store's secret seed: who does not know it cannot tell.
double draw_of(Database& database, std::string_view purpose, int64_t number);

}  // namespace paucal::review
