#pragma once
// Weight files that Paucal knows by name: where they lie, under which licence, and what they hold.
// An address, a size or a SHA-256 stands here only if somebody fetched the file and looked.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paucal::models {

// Where a file lies, or the archive that holds it.
struct WeightAddress {
  std::string_view url;
  uint64_t size = 0;
  std::string_view sha256;
  std::string_view member;  // its name in the archive; empty: no archive
};

struct WeightRow {
  std::string_view name;     // for `paucal weights get`; also the network's
  std::string_view licence;  // as the publisher states it, with the publisher
  std::string_view top1;     // on ImageNet, %, and by whom; empty: not told
  std::string_view files;    // names to look for
  WeightAddress address = {};
  uint64_t size = 0;  // of the weight file; 0: not known
  std::string_view sha256 = {};
};

std::span<const WeightRow> weight_table();

const WeightRow* find_weight_row(std::string_view name);  // null: none of that name
const WeightRow* find_weight_sha256(std::string_view sha256);
std::vector<std::string> weight_names();

}  // namespace paucal::models
