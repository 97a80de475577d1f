#pragma once
// Lines of a spool into the store: parts, counts, images that are awaited.

#include <filesystem>
#include <map>

#include "loop/read_spool.h"
#include "loop/tables.h"

namespace paucal::loop {

// Bytes that were read of each file of the spool.
std::map<std::string, uint64_t> read_positions(review::Database& database,
                                               const std::string& spool);

// Which images measure, by a keyed draw: whoever does not know the store's seed cannot tell.
struct AuditShares {
  double ng = .3, doubtful = .3, ok = .5;
};
double audit_share(const AuditShares& shares, std::string_view stratum);
// 0 … 1, keyed by the store's seed.
double keyed_draw(review::Database& database, std::string_view purpose, std::string_view name);

// In a transaction of the caller's. Throws Error where somebody else read the spool meanwhile.
void store_lines(review::Database& database, const std::string& spool, const ReadLines& read,
                 const AuditShares& shares);

}  // namespace paucal::loop
