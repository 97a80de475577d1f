// An electrode set on disk: images by label, and the truth apart from them.
#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/host/progress.h"
#include "base/host/threads.h"
#include "base/options_json.h"
#include "data/synth/defects.h"
#include "data/synth/electrode.h"
#include "edge/pre/encode.h"
#include "labels/outline.h"

namespace paucal::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kElectrodeSetPlace = "synth";
// Written first, and hidden from readers of image folders: says whose set this is.
constexpr std::string_view kMark = ".electrode.json";
// To be raised with every change of what the options draw.
constexpr int kSetVersion = 1;

// Options that earlier versions lack stand there only where they change something: sets made by
// them are known again.
Json make_mark(const ElectrodeOptions& options) {
  Json written = options_json(options);
  const Json defaults = options_json(ElectrodeOptions{});
  for (const char* later : {"width", "height", "most"})
    if (written[later] == defaults[later]) written.erase(later);
  return {{"generator", "paucal synth electrode"}, {"version", kSetVersion}, {"options", written}};
}

// Sheets are drawn in floats, each layer as large as the image; how many are drawn at once stays
// within the memory of a small machine.
int drawn_at_once(const ElectrodeOptions& options, int threads) {
  constexpr int64_t kBytes = int64_t{2} << 30, kBytesOfPixel = 40;
  const int64_t image = int64_t{options.sheet_width()} * options.sheet_height() * kBytesOfPixel;
  return static_cast<int>(std::clamp<int64_t>(kBytes / image, 1, std::max(1, threads)));
}

// Refuses a folder that holds anything but this very set.
void claim_folder(const fs::path& out, const Json& mark) {
  const fs::path file = out / kMark;
  if (fs::exists(file)) {
    if (read_json(file) == mark) return;
    fail(kElectrodeSetPlace, "'{}': holds a set made with other options, expected an empty folder",
         out.string());
  }
  if (fs::exists(out) && !(fs::is_directory(out) && fs::is_empty(out)))
    fail(kElectrodeSetPlace, "'{}': expected an empty folder, or a set made with the same options",
         out.string());
  write_json(file, mark);
}

std::string file_name(const ElectrodeOptions& options, const SynthImage& image) {
  return fmt::format("{}/{}.{}", image.ng ? "NG" : "OK", image.name, options.format);
}

// Files that an interrupted run has written are whole: writes are atomic.
void write_missing(const fs::path& path, const auto& encode) {
  if (!fs::exists(path)) write_file_atomic(path, encode());
}

// What the truth needs of an image, without its pixels.
struct Entry {
  std::string file_name;
  std::string group;
  std::vector<labels::Instance> instances;
};

Entry write_image(const ElectrodeOptions& options, int64_t index, const fs::path& out) {
  SynthImage image = make_electrode(options, index);
  Entry entry{file_name(options, image), image.group, std::move(image.instances)};
  write_missing(out / entry.file_name, [&] {
    return value_or_throw(options.format == "png"
                              ? edge::encode_png(image.image)
                              : edge::encode_jpeg(image.image, options.quality));
  });
  if (image.ng)
    write_missing(out / "truth/masks" / (image.name + ".png"),
                  [&] { return value_or_throw(edge::encode_png(image.mask)); });
  return entry;
}

Json coco_annotation(const labels::Instance& instance, int64_t id, int64_t image_id) {
  Json segmentation = Json::array();
  double area = 0;
  for (const labels::Ring& ring : instance.polygons) {
    Json flat = Json::array();
    for (const auto& [x, y] : ring) flat.insert(flat.end(), {x, y});
    segmentation.push_back(std::move(flat));
    area += labels::ring_area(ring);
  }
  const auto kind = std::ranges::find(kDefectKinds, instance.class_name, defect_name);
  const edge::Box& box = instance.box;
  return {{"id", id},
          {"image_id", image_id},
          {"category_id", kind - kDefectKinds.begin() + 1},
          {"bbox", {box.x0, box.y0, box.width(), box.height()}},
          {"area", area},
          {"segmentation", std::move(segmentation)},
          {"iscrowd", 0}};
}

Json coco_truth(const std::vector<Entry>& entries, const ElectrodeOptions& options,
                const Json& mark) {
  Json images = Json::array(), annotations = Json::array(), categories = Json::array();
  for (const DefectKind kind : kDefectKinds)
    categories.push_back({{"id", static_cast<int>(kind) + 1}, {"name", defect_name(kind)}});
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto image_id = static_cast<int64_t>(i) + 1;
    images.push_back({{"id", image_id},
                      {"file_name", entries[i].file_name},
                      {"width", options.sheet_width()},
                      {"height", options.sheet_height()},
                      {"group", entries[i].group}});
    for (const labels::Instance& instance : entries[i].instances)
      annotations.push_back(
          coco_annotation(instance, static_cast<int64_t>(annotations.size()) + 1, image_id));
  }
  return {{"info", mark},
          {"images", std::move(images)},
          {"categories", std::move(categories)},
          {"annotations", std::move(annotations)}};
}

}  // namespace

void write_electrode_set(const ElectrodeOptions& options, const fs::path& out, int threads) {
  check_electrode_options(options);
  const Json mark = make_mark(options);
  claim_folder(out, mark);
  const fs::path truth = out / "truth/annotations.json";  // written last: then the set is whole
  if (fs::exists(truth)) {
    log::info("'{}': {} images are there already", out.string(), options.count);
    return;
  }
  std::vector<Entry> entries(static_cast<size_t>(options.count));
  {
    Progress progress("electrode sheets", options.count);
    parallel_for(options.count, drawn_at_once(options, threads), [&](int64_t i) {
      entries[i] = write_image(options, i, out);
      progress.advance();
    });
  }
  write_text_atomic(truth, coco_truth(entries, options, mark).dump());
}

}  // namespace paucal::data
