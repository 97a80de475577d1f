#pragma once
// RUN/raw.bin: what a run's network says of every record, so that one forward pass serves
// calibration, evaluation, overlays, the report and comparisons.
//
// Exact: scores (double), geometry, and boxes of a box head; so decisions on images are those of
// the network. Maps are half floats: a logit v is off by at most |v| · 2⁻¹¹ (.004 at 8), and by
// 3e-8 near 0; beyond ±65504 it is ±65504.
//
// Its layout: edge/post/raw_layout.h. Read as a hostile file: lengths are checked before use.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/file_access.h"
#include "base/shared_bytes.h"
#include "data/set/record.h"
#include "judge/raw_source.h"

namespace paucal::judge {

// Of the records' paths, in order: raw predictions belong to them.
std::string records_identity(const data::Dataset& dataset);

// Records one after another; the file is there after commit(). Throws Error: another number of
// channels than before, fewer records than promised.
class RawWriter {
 public:
  RawWriter(const std::filesystem::path& path, size_t records, const std::string& identity);
  void add(const RawPrediction& raw);
  void commit();

 private:
  AtomicFile file_;
  size_t records_;
  std::string identity_;
  std::vector<uint64_t> offsets_;
  uint64_t end_;
  uint32_t channels_ = 0;
};

// The file mapped into memory. Copies share it; any thread may read.
class RawStore {
 public:
  // Throws Error that names the file: damaged, or made of other records.
  static RawStore open(const std::filesystem::path& path, const std::string& identity,
                       size_t channels);

  size_t size() const { return records_; }
  RawPrediction at(int record) const;  // throws Error: beyond size(), damaged
  RawSource source() const;

 private:
  RawStore(std::string name, SharedBytes bytes)
      : name_(std::move(name)), bytes_(std::move(bytes)) {}

  std::string name_;
  SharedBytes bytes_;
  size_t records_ = 0, channels_ = 0;
};

}  // namespace paucal::judge
