#pragma once
// Where a run's model saw a defect: the map of an image, out of RUN/raw.bin, as a small picture.

#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/file_access.h"
#include "base/result.h"
#include "edge/image/image.h"
#include "edge/post/card.h"

namespace paucal::review {

constexpr int kMaxHeatSide = 512;  // pixels

// The files of one run: raw.bin (edge/post/raw_layout.h), model.json and calibration.json, and
// predictions.jsonl, which names the records in their order. All may be of strangers. Any thread.
class RunHeat {
 public:
  // Fails where a file is missing, damaged, or of other images than the others.
  static Result<RunHeat> open(const std::filesystem::path& run);

  // Grey, over the whole image, its longer side at most kMaxHeatSide: 0 is heat 0 of the run's
  // calibration, 255 heat 1. Inspection: of any defect; else of the likeliest class. Fails where
  // the run does not know the path, or its record is damaged.
  Result<edge::Image> picture(const std::string& path) const;

 private:
  RunHeat(InputFile raw, edge::ModelCard card) : raw_(std::move(raw)), card_(std::move(card)) {}

  InputFile raw_;
  edge::ModelCard card_;
  std::unordered_map<std::string, uint64_t> records_;  // by path
};

// The runs that were asked last. A run that was made anew is read anew. Thread-safe.
class RunHeats {
 public:
  Result<std::shared_ptr<const RunHeat>> get(const std::filesystem::path& run);

 private:
  struct Kept {
    std::string key;  // the folder, and when its maps were written
    Result<std::shared_ptr<const RunHeat>> heat;
  };
  std::mutex mutex_;
  std::list<Kept> kept_;  // the last used first
};

}  // namespace paucal::review
