#include "data/check/check.h"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/host/progress.h"
#include "base/host/threads.h"
#include "data/augment/paste.h"
#include "data/feed/image_cache.h"
#include "data/files/probe.h"
#include "data/set/dataset.h"
#include "data/set/split.h"
#include "data/set/unlabelled.h"
#include "quality/near_duplicates.h"

namespace paucal::data {
namespace {

constexpr int kFewLevels = 16383;  // of 65535: 64 grey levels of 256

// All that is kept of one image once its pixels are gone.
struct Checked {
  ImageFacts facts;
  std::string pixels;  // hash of size and pixels
  edge::DecodeNotes notes;
  quality::Fingerprint print;
  std::vector<Problem> problems;
  bool broken = false;
};

void note_storage(const Record& record, const edge::Image& image, const FileProbe& probe,
                  Checked& checked) {
  const auto note = [&](const char* kind, std::string message) {
    checked.problems.push_back({record.path, kind, std::move(message)});
  };
  if (!checked.notes.flaw.empty()) note("flaw", checked.notes.flaw);
  if (image.width < kMinPasted || image.height < kMinPasted)
    note("tiny", fmt::format("{}×{} pixels, expected at least {}×{}", image.width, image.height,
                             kMinPasted, kMinPasted));
  if (probe.renamed) note("renamed", fmt::format("is a {}", probe.info.format));
  if (probe.info.bits > 8)
    note("16-bit", fmt::format("{} of {} bits", probe.info.format, probe.info.bits));
  if (probe.cmyk) note("cmyk", probe.info.format);
  if (probe.info.alpha) note("alpha", probe.info.format);
  if (probe.info.orientation > 1)
    note("rotated", fmt::format("orientation {}", probe.info.orientation));
}

Checked check_image(const Dataset& dataset, const Record& record, int64_t max_pixels) {
  Checked checked;
  const auto path = dataset.file(record);
  FileProbe probe;
  const Bytes data = read_image_bytes(path, probe);
  if (probe.kind.empty()) probe = probe_bytes(path, data, max_pixels, record.page);
  Result<edge::Image> image = failure("check", "{}", probe.message);
  if (probe.kind.empty()) {
    const edge::DecodeOptions options{
        .channels = 0, .max_pixels = max_pixels, .depth = 16, .page = record.page};
    image = edge::decode_image(data, options, &checked.notes);
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
  note_storage(record, *image, probe, checked);
  checked.facts.width = image->width;
  checked.facts.height = image->height;
  checked.facts.channels = probe.info.channels;
  checked.pixels = Hasher()
                       .add(fmt::format("{} {} {}", image->width, image->height, image->channels))
                       .add(std::span<const uint8_t>(image->pixels))
                       .add(std::span(reinterpret_cast<const uint8_t*>(image->deep.data()),
                                      2 * image->deep.size()))
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

// Records of one group show one part; -1 where nobody said which.
std::vector<int> parts_of_records(const Dataset& dataset) {
  std::map<std::string, int> numbers;
  std::vector<int> parts;
  for (const Record& record : dataset.records)
    parts.push_back(
        record.group.empty()
            ? -1
            : numbers.emplace(record.group, static_cast<int>(numbers.size())).first->second);
  return parts;
}

// Pairs that hang together, from image to image; the most alike first: those are copies, if any
// are.
std::vector<std::vector<quality::NearPair>> joined(const std::vector<quality::NearPair>& pairs) {
  std::map<int, int> up;  // towards the first image of the group
  const auto root = [&](int image) {
    while (up.emplace(image, image).first->second != image) image = up[image];
    return image;
  };
  for (const auto& pair : pairs) {
    const auto [low, high] = std::minmax({root(pair.first), root(pair.second)});
    up[high] = low;
  }
  std::map<int, std::vector<quality::NearPair>> groups;
  for (const auto& pair : pairs) groups[root(pair.first)].push_back(pair);
  std::vector<std::vector<quality::NearPair>> result;
  for (auto& [image, group] : groups) {
    std::ranges::stable_sort(group, std::greater(), &quality::NearPair::similarity);
    result.push_back(std::move(group));
  }
  std::ranges::stable_sort(result, std::greater(),
                           [](const auto& group) { return group[0].similarity; });
  return result;
}

// A group is one line: its most alike pair, and how many more there are.
void find_near_duplicates(const std::vector<Checked>& images, Dataset& dataset) {
  std::vector<quality::Fingerprint> prints;
  for (const auto& image : images) prints.push_back(image.print);
  auto found = quality::near_duplicates(prints, parts_of_records(dataset));
  std::erase_if(found.pairs, [&](const quality::NearPair& pair) {
    const auto i = static_cast<size_t>(pair.first), j = static_cast<size_t>(pair.second);
    const Record &a = dataset.records[i], &b = dataset.records[j];
    return images[i].pixels == images[j].pixels || (a.label == b.label && a.split == b.split);
  });
  for (const auto& group : joined(found.pairs)) {
    const quality::NearPair& nearest = group[0];
    const Record& a = dataset.records[static_cast<size_t>(nearest.first)];
    const Record& b = dataset.records[static_cast<size_t>(nearest.second)];
    dataset.problems.push_back(
        {b.path, "near-duplicate",
         fmt::format(
             "({}) much like '{}' ({}): {:.3f} alike, limit {:.3f}{}", place_of(b), a.path,
             place_of(a), nearest.similarity, found.limit,
             group.size() > 1 ? fmt::format("; {} more pairs with them", group.size() - 1) : "")});
  }
}

// Grey levels that are lost where samples use the lower of their 16 bits alone.
void find_few_levels(const std::vector<Checked>& images, Dataset& dataset) {
  int largest = -1;
  int64_t count = 0;
  for (const auto& image : images) {
    if (image.notes.largest_of_16 < 0) continue;
    ++count;
    if (image.notes.full_of_16 < 65535) return;  // as the file says
    largest = std::max(largest, image.notes.largest_of_16);
  }
  if (count == 0 || largest > kFewLevels) return;
  const int bits = std::max(8, static_cast<int>(std::bit_width(static_cast<unsigned>(largest))));
  dataset.problems.push_back(
      {"", "few-levels",
       fmt::format("{} images, values up to {} of 65535: {} grey levels are left; right-aligned "
                   "{}-bit data? input.bits={}",
                   count, largest, (largest * 255 + 32767) / 65535 + 1, bits, bits)});
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
  if (options.unlabelled.empty()) return;
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error);
  if (error)
    fail("data", "TMPDIR: no such folder, expected one for the list of data.unlabelled: {}",
         error.message());
  const auto list = folder / fmt::format("paucal_check_{}.idx", ::getpid());
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
  if (labels.size() == 1 && dataset.has_ok_class()) {
    dataset.problems.push_back(
        {"", "ok-alone", fmt::format("{} OK images", dataset.records.size())});
  } else if (labels.size() < 2) {
    std::string deep;  // the reason, where there is one
    for (const Problem* problem : problems_of("too-deep", dataset.problems))
      deep = fmt::format("; '{}' {}", problem->path, problem->message);
    dataset.problems.push_back({"", "one-class",
                                fmt::format("{} usable images in {} classes{}",
                                            dataset.records.size(), labels.size(), deep)});
  }
  if (labels.empty()) return;
  try {
    assign_splits(dataset, options);
    if (!can_learn_from_ok(dataset)) refuse_untrained_classes(dataset);
    if (labels.size() > 1 || dataset.has_ok_class())
      std::ranges::move(missing_splits(dataset), std::back_inserter(dataset.problems));
  } catch (const Error& error) {
    dataset.problems.push_back({"", "no-split", error.message()});
  }
}

void sort_problems(Dataset& dataset) {
  std::map<std::string_view, size_t> rank;
  for (const auto& kind : problem_kinds()) rank.emplace(kind.name, rank.size());
  std::ranges::stable_sort(dataset.problems, {}, [&](const Problem& problem) {
    // Near-duplicates stand in the order of how alike they are.
    const bool by_path = problem.kind != "near-duplicate";
    return std::pair(rank.at(problem_kind(problem.kind).name), by_path ? problem.path : "");
  });
}

}  // namespace

CheckReport check_dataset(const DataOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  CheckReport report;
  auto [dataset, truth] = read_dataset(options);
  report.dataset = std::move(dataset);
  report.truth = std::move(truth);
  const std::vector<Checked> images = check_images(options, report.dataset);
  check_unlabelled(options, report.dataset);
  try_split(options, report.dataset);
  find_duplicates(images, report.dataset);
  find_near_duplicates(images, report.dataset);
  find_mixtures(images, report.dataset);
  find_few_levels(images, report.dataset);
  sort_problems(report.dataset);
  for (const auto& image : images) report.facts.push_back(image.facts);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace paucal::data
