#pragma once
// What the loop remembers, in tables of its own beside those of the review: one file, so that an
// image, its place in a queue and how far the spool was read are written together or not at all.

#include "review/record.h"

namespace paucal::loop {

// Makes the tables that are missing. In a transaction of the caller's.
void make_tables(review::Database& database);
bool has_tables(review::Database& database);  // whether anything was ever added

// Adds an event of the store itself to the chain of the review. Its id.
int64_t record_event(review::Database& database, int64_t now, std::string_view action,
                     const Json& asked, const Json& after);

// A line of parts that one model judged.
struct Stream {
  std::string station, model_sha256;
  auto operator<=>(const Stream&) const = default;
};
std::string text_of(const Stream& stream);  // for people: "station 2, model 1f00c2ab"

}  // namespace paucal::loop
