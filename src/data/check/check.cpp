#include "data/check/check.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/host/progress.h"
#include "base/host/threads.h"
#include "data/feed/image_cache.h"
#include "data/files/probe.h"
#include "data/set/dataset.h"
#include "data/set/split.h"
#include "data/set/unlabelled.h"
#include "quality/near_duplicates.h"

namespace paucal::data {
namespace {

// All that is kept of one image once its pixels are gone.
struct Checked {
  ImageFacts facts;
  std::string pixels;  // hash of size and pixels
  quality::Fingerprint print;
  std::vector<Problem> problems;
  bool broken = false;
};

void note_storage(const Record& record, const FileProbe& probe, Checked& checked) {
  const auto note = [&](const char* kind, std::string message) {
    checked.problems.push_back({record.path, kind, std::move(message)});
  };
  if (probe.renamed) note("renamed", fmt::format("is a {}", probe.info.format));
  if (probe.info.bits == 16) note("16-bit", probe.info.format);
  if (probe.cmyk) note("cmyk", probe.info.format);
  if (probe.alpha) note("alpha", probe.info.format);
  if (probe.info.orientation > 1)
    note("rotated", fmt::format("orientation {}", probe.info.orientation));
}

Checked check_image(const Dataset& dataset, const Record& record, int64_t max_pixels) {
  Checked checked;
  const auto path = dataset.file(record);
  FileProbe probe;
  const Bytes data = read_image_bytes(path, probe);
  if (probe.kind.empty()) probe = probe_bytes(path, data, max_pixels);
  Result<edge::Image> image = failure("check", "{}", probe.message);
  if (probe.kind.empty()) {
    image = edge::decode_image(data, {.channels = 0, .max_pixels = max_pixels});
    if (!image.ok()) {
      probe.kind = "truncated";
      probe.message = image.failure().message;
    }
  }
  if (!image.ok()) {
    checked.broken = true;
    checked.problems.push_back({record.path, probe.kind, probe.message});
    return checked;
  }
  note_storage(record, probe, checked);
  checked.facts.width = image->width;
  checked.facts.height = image->height;
  checked.facts.channels = probe.info.channels;
  checked.pixels = Hasher()
                       .add(fmt::format("{} {} {}", image->width, image->height, image->channels))
                       .add(std::span<const uint8_t>(image->pixels))
                       .hex();
  checked.print = quality::fingerprint(*image);
  return checked;
}

// Decodes all; leaves out of `dataset` and of the result what is broken.
std::vector<Checked> check_images(const DataOptions& options, Dataset& dataset) {
  std::vector<Checked> all(dataset.records.size());
  {
    Progress progress("check", static_cast<int64_t>(all.size()));
    parallel_for(static_cast<int64_t>(all.size()), processor_count(), [&](int64_t i) {
      const auto at = static_cast<size_t>(i);
      all[at] = check_image(dataset, dataset.records[at], options.max_pixels);
      progress.advance();
    });
  }
  std::vector<Checked> usable;
  std::vector<Record> records;
  for (size_t i = 0; i < all.size(); ++i) {
    std::ranges::move(all[i].problems, std::back_inserter(dataset.problems));
    if (all[i].broken) continue;
    all[i].facts.record = static_cast<int>(records.size());
    records.push_back(std::move(dataset.records[i]));
    usable.push_back(std::move(all[i]));
  }
  dataset.records = std::move(records);
  return usable;
}

// Where a record stands, for messages about pairs.
std::string place_of(const Record& record) {
  return record.split == Split::kNone
             ? record.class_name
             : fmt::format("{}, {}", record.class_name, split_name(record.split));
}

void find_duplicates(const std::vector<Checked>& images, Dataset& dataset) {
  std::map<std::string, std::vector<const Record*>> by_pixels;
  for (size_t i = 0; i < images.size(); ++i)
    by_pixels[images[i].pixels].push_back(&dataset.records[i]);
  for (const auto& [hash, copies] : by_pixels)
    for (size_t i = 1; i < copies.size(); ++i) {
      const Record &a = *copies[0], &b = *copies[i];
      const char* kind = a.label != b.label   ? "mislabelled"
                         : a.split != b.split ? "split-leak"
                                              : "duplicate";
      dataset.problems.push_back(
          {b.path, kind,
           fmt::format("({}) same pixels as '{}' ({})", place_of(b), a.path, place_of(a))});
    }
}

void find_near_duplicates(const std::vector<Checked>& images, Dataset& dataset) {
  std::vector<quality::Fingerprint> prints;
  for (const auto& image : images) prints.push_back(image.print);
  for (const auto& [i, j] : quality::near_duplicates(prints)) {
    const Record& a = dataset.records[static_cast<size_t>(i)];
    const Record& b = dataset.records[static_cast<size_t>(j)];
    const bool same_pixels =
        images[static_cast<size_t>(i)].pixels == images[static_cast<size_t>(j)].pixels;
    if (same_pixels || (a.label == b.label && a.split == b.split)) continue;
    dataset.problems.push_back(
        {b.path, "near-duplicate",
         fmt::format("({}) much like '{}' ({})", place_of(b), a.path, place_of(a))});
  }
}

void find_mixtures(const std::vector<Checked>& images, Dataset& dataset) {
  std::set<std::pair<int, int>> sizes;
  int64_t grey = 0, colour = 0;
  for (const auto& image : images) {
    sizes.emplace(image.facts.width, image.facts.height);
    ++(image.facts.channels == 1 ? grey : colour);
  }
  if (sizes.size() > 1)
    dataset.problems.push_back(
        {"", "size-mix",
         fmt::format("{} sizes, {}×{} to {}×{}", sizes.size(), sizes.begin()->first,
                     sizes.begin()->second, sizes.rbegin()->first, sizes.rbegin()->second)});
  if (grey > 0 && colour > 0)
    dataset.problems.push_back(
        {"", "channel-mix", fmt::format("{} grey, {} colour", grey, colour)});
}

// What listing data.unlabelled leaves out, and the first broken ones of those that it lists.
void check_unlabelled(const DataOptions& options, Dataset& dataset) {
  const auto list =
      std::filesystem::temp_directory_path() / fmt::format("paucal_check_{}.idx", ::getpid());
  UnlabelledReport report;
  attach_unlabelled(options, list, dataset, &report);
  std::filesystem::remove(list);  // it stays mapped
  std::ranges::move(report.problems, std::back_inserter(dataset.problems));
  ImageCache none(dataset, {}, options.max_pixels, 0);
  for (auto& [number, problem] : undecodable(dataset, none, dataset.index_sample(kLookedInto)))
    dataset.problems.push_back(std::move(problem));
}

void try_split(const DataOptions& options, Dataset& dataset) {
  std::set<int> labels;
  for (const auto& record : dataset.records) labels.insert(record.label);
  if (labels.size() < 2)
    dataset.problems.push_back(
        {"", "one-class",
         fmt::format("{} usable images in {} classes", dataset.records.size(), labels.size())});
  if (labels.empty()) return;
  try {
    assign_splits(dataset, options);
    refuse_untrained_classes(dataset);
  } catch (const Error& error) {
    dataset.problems.push_back({"", "no-split", error.message()});
  }
}

void sort_problems(Dataset& dataset) {
  std::map<std::string_view, size_t> rank;
  for (const auto& kind : problem_kinds()) rank.emplace(kind.name, rank.size());
  std::ranges::stable_sort(dataset.problems, {}, [&](const Problem& problem) {
    return std::pair(rank.at(problem_kind(problem.kind).name), problem.path);
  });
}

}  // namespace

CheckReport check_dataset(const DataOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  CheckReport report;
  report.dataset = read_dataset(options);
  const std::vector<Checked> images = check_images(options, report.dataset);
  check_unlabelled(options, report.dataset);
  try_split(options, report.dataset);
  find_duplicates(images, report.dataset);
  find_near_duplicates(images, report.dataset);
  find_mixtures(images, report.dataset);
  sort_problems(report.dataset);
  for (const auto& image : images) report.facts.push_back(image.facts);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace paucal::data
