#include "loop/images.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/base64.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "base/sha256.h"
#include "edge/pre/decode.h"
#include "loop/lines.h"
#include "loop/read_spool.h"
#include "quality/near_duplicates.h"
#include "review/image_files.h"
#include "review/import_run.h"

namespace paucal::loop {
namespace {

namespace fs = std::filesystem;
using quality::Fingerprint;
using review::Database;

constexpr int64_t kCompared = 1500;  // images, the newest, and as many test images
constexpr int64_t kAtOnce = 500;     // images in one transaction

struct Awaited {
  std::string name, part, stratum, line, hash = {};
  int64_t at = 0;
  double pi = 0;
  bool audit = false;
  int64_t part_id = 0;
  // What was found.
  std::string state = "taken";  // awaited, taken, double, damaged, lost
  std::string double_of = {};
  int width = 0, height = 0;
  Fingerprint print = {};
};

std::string text_of(const Fingerprint& print) {
  return to_base64({reinterpret_cast<const uint8_t*>(print.detail.data()), print.detail.size()});
}

std::optional<Fingerprint> print_of(const std::string& text) {
  const auto bytes = from_base64(text);
  Fingerprint print;
  if (!bytes || bytes->size() != print.detail.size()) return std::nullopt;
  std::ranges::transform(*bytes, print.detail.begin(),
                         [](uint8_t byte) { return static_cast<int8_t>(byte); });
  return print;
}

// "3f/3f00….jpg": without the stratum, which would tell the verdict.
std::string path_of(const std::string& name) {
  const std::string bare = name.substr(name.find('-') + 1);
  return bare.substr(0, 2) + "/" + bare;
}

void complain(TakenImages& result, std::string problem) {
  if (result.problems.size() < kMostProblems) result.problems.push_back(std::move(problem));
}

// After the part `after`, so that what does not come holds up nothing else.
std::vector<Awaited> awaited_images(Database& database, const std::string& spool, int64_t after,
                                    int64_t most) {
  std::vector<Awaited> images;
  for (auto rows = database.query(
           "SELECT name, part, stratum, line, at, pi, audit, part_id FROM loop_image WHERE state = "
           "'awaited' AND spool = ? AND part_id > ? ORDER BY part_id LIMIT ?",
           spool, after, most);
       rows.step();) {
    Awaited image{.name = rows.text(0),
                  .part = rows.text(1),
                  .stratum = rows.text(2),
                  .line = rows.text(3),
                  .at = rows.integer(4),
                  .pi = rows.real(5),
                  .audit = rows.real(6) > 0,
                  .part_id = rows.integer(7)};
    image.hash = kept_hash(image.name);
    images.push_back(std::move(image));
  }
  return images;
}

// Reads, checks and copies one; says what became of it.
void examine(const fs::path& spool, const fs::path& copies, const ImageOptions& options,
             bool patient, Awaited& image, TakenImages& result) {
  const fs::path file = spool / "incoming" / image.name;
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(file, ignored))) {
    image.state = patient ? "awaited" : "lost";
    return;
  }
  const auto damaged = [&](const std::string& why) {
    image.state = "damaged";
    complain(result, fmt::format("[loop] '{}': {}", file.string(), why));
  };
  const auto bytes =
      review::read_beneath({(spool / "incoming").string(), image.name}, options.most_bytes);
  if (!bytes.ok()) return damaged(bytes.failure().message);
  if (const std::string hash = Hasher().add(std::span<const uint8_t>(*bytes)).hex();
      hash != image.hash)
    return damaged(fmt::format("its bytes have the hash {}, expected that of its name", hash));
  const auto pixels = edge::decode_image(*bytes, {.channels = 1});
  if (!pixels.ok()) return damaged(pixels.failure().message);
  image.width = pixels->width;
  image.height = pixels->height;
  image.print = quality::fingerprint(*pixels);
  write_file_atomic(copies / path_of(image.name), *bytes);
}

// Makes the fingerprints of test images that have none yet.
void print_test_images(review::Store& store) {
  struct Place {
    int64_t id;
    review::ImagePlace place;
  };
  const auto places = store.read([&](Database& database) {
    std::vector<Place> found;
    for (auto rows = database.query(
             "SELECT image.id, folder, path FROM image JOIN root ON root.id = root_id WHERE split "
             "= 'test' AND shadow_of IS NULL AND image.id NOT IN (SELECT image_id FROM "
             "loop_test_print) AND image.id NOT IN (SELECT image_id FROM loop_image WHERE image_id "
             "IS NOT NULL) LIMIT ?",
             kCompared);
         rows.step();)
      found.push_back({rows.integer(0), {rows.text(1), rows.text(2)}});
    return found;
  });
  std::vector<std::optional<std::string>> prints;
  for (const Place& place : places) {
    const auto bytes = review::read_beneath(place.place);
    const auto pixels =
        bytes.ok() ? edge::decode_image(*bytes, {.channels = 1, .page = page_of(place.place)})
                   : Result<edge::Image>(bytes.failure());
    prints.push_back(pixels.ok() ? std::optional(text_of(quality::fingerprint(*pixels)))
                                 : std::nullopt);
  }
  if (places.empty()) return;
  store.write([&](Database& database) {
    for (size_t i = 0; i < places.size(); ++i)
      database.run("INSERT OR IGNORE INTO loop_test_print(image_id, print) VALUES(?,?)",
                   places[i].id, prints[i]);
  });
}

struct Known {
  std::vector<std::string> names;  // empty: a test image
  std::vector<Fingerprint> prints;
  std::vector<std::string> parts;
};

Known known_images(Database& database) {
  Known known;
  const auto add = [&](const std::string& name, const std::string& text, const std::string& part) {
    if (const auto print = print_of(text)) {
      known.names.push_back(name);
      known.prints.push_back(*print);
      known.parts.push_back(part);
    }
  };
  for (auto rows = database.query("SELECT print FROM loop_test_print WHERE print IS NOT NULL "
                                  "ORDER BY image_id DESC LIMIT ?",
                                  kCompared);
       rows.step();)
    add("", rows.text(0), "");
  for (auto rows = database.query("SELECT name, print, part FROM loop_image WHERE print IS NOT "
                                  "NULL ORDER BY part_id DESC LIMIT ?",
                                  kCompared);
       rows.step();)
    add(rows.text(0), rows.text(1), rows.text(2));
  return known;
}

// Those that resemble an image that is known or comes before them.
void mark_doubles(const Known& known, std::vector<Awaited*>& images) {
  std::vector<Fingerprint> prints = known.prints;
  std::vector<std::string> names = known.names, part_names = known.parts;
  for (const Awaited* image : images) {
    prints.push_back(image->print);
    names.push_back(image->name);
    part_names.push_back(image->part);
  }
  std::map<std::string, int> numbers;
  std::vector<int> parts;  // several views of one part are no doubles
  for (const std::string& part : part_names)
    parts.push_back(
        part.empty() ? -1 : numbers.emplace(part, static_cast<int>(numbers.size())).first->second);
  const auto first_new = static_cast<int>(known.prints.size());
  for (const auto& pair : quality::near_duplicates(prints, parts).pairs) {
    if (pair.second < first_new) continue;
    const auto a = static_cast<size_t>(pair.first), b = static_cast<size_t>(pair.second);
    if (parts[a] >= 0 && parts[a] == parts[b]) continue;
    Awaited& later = *images[static_cast<size_t>(pair.second - first_new)];
    if (later.state == "taken") later.state = "double";
    if (later.double_of.empty()) later.double_of = names[a].empty() ? "a test image" : names[a];
  }
}

// Between the largest probability of an OK part and the least of an NG one.
double threshold_of(Database& database, const std::string& model_sha256) {
  auto row = database.query(
      "SELECT max(probability) FILTER (WHERE ng = 0), min(probability) FILTER (WHERE ng = 1) FROM "
      "(SELECT ng, probability FROM loop_part WHERE model_sha256 = ? ORDER BY id DESC LIMIT 5000)",
      model_sha256);
  if (!row.step() || row.is_null(0) || row.is_null(1)) return .5;
  return (row.real(0) + row.real(1)) / 2;
}

review::RunImage run_image(Database& database, const Awaited& image) {
  const Json line = value_or_throw(parse_json(image.line, image.name));
  review::RunImage entry;
  constexpr double kRanks = 1e6;
  if (image.audit) {
    entry.rank = static_cast<int64_t>(keyed_draw(database, "rank", image.hash) * kRanks);
    entry.split = "test";
  } else {
    Json named = line;
    named["path"] = path_of(image.name);
    named.erase("class");
    entry = review::parse_predictions(dump_json(named), image.name).images.at(0);
    for (review::RunImage::Box& box : entry.boxes)
      if (box.label.empty()) box.label = "defect";
    const double threshold = threshold_of(database, line.value("sha256", std::string()));
    entry.rank =
        static_cast<int64_t>(std::abs(entry.probability.value_or(threshold) - threshold) * kRanks);
    entry.split = "train";
  }
  entry.path = path_of(image.name);
  entry.part = image.part;
  entry.width = image.width;
  entry.height = image.height;
  return entry;
}

std::string defect_class_of(Database& database) {
  for (const review::Class& known : review::load_classes(database))
    if (!known.is_ok) return known.name;
  return "defect";
}

void import_taken(Database& database, const fs::path& copies, const review::Moment& moment,
                  const std::string& spool, const std::vector<Awaited>& images) {
  review::RunImages run;
  run.folder = spool;
  run.root = copies;
  run.kind = "line";
  run.queue = kLineQueue;
  const std::string defect = defect_class_of(database);
  for (const Awaited& image : images) {
    if (image.state != "taken") continue;
    run.images.push_back(run_image(database, image));
    for (review::RunImage::Box& box : run.images.back().boxes)
      if (box.label == "defect") box.label = defect;
  }
  if (run.images.empty()) return;
  review::import_run(database, run, moment);
}

void store_images(Database& database, const fs::path& copies, const review::Moment& moment,
                  const std::string& spool, const std::vector<Awaited>& images) {
  import_taken(database, copies, moment, spool, images);
  Sha256 digest;
  int64_t decided = 0;
  for (const Awaited& image : images) {
    if (image.state == "awaited") continue;
    ++decided;
    const auto id = image.state == "taken"
                        ? database.integer(
                              "SELECT image.id FROM image JOIN root ON root.id = root_id WHERE "
                              "folder = ? AND path = ? AND shadow_of IS NULL",
                              copies.string(), path_of(image.name))
                        : std::nullopt;
    const bool compared = image.state == "taken" || image.state == "double";
    database.run(
        "UPDATE loop_image SET state = ?, image_id = ?, double_of = ?, print = ? WHERE name = ?",
        image.state, id, image.double_of.empty() ? std::nullopt : std::optional(image.double_of),
        compared ? std::optional(text_of(image.print)) : std::nullopt, image.name);
    digest.add(database
                   .text("SELECT json_array(name, state, stratum, pi, audit) FROM loop_image WHERE "
                         "name = ?",
                         image.name)
                   .value_or("") +
               "\n");
  }
  if (decided > 0)
    record_event(database, moment.now, "loop images", {{"spool", spool}},
                 {{"decided", decided}, {"first", images.front().name}, {"digest", digest.hex()}});
}

void count(const std::vector<Awaited>& images, TakenImages& result) {
  for (const Awaited& image : images) {
    result.taken += image.state == "taken";
    result.audit += image.state == "taken" && image.audit;
    result.doubles += image.state == "double";
    result.of_test += image.double_of == "a test image";
    result.damaged += image.state == "damaged";
    result.lost += image.state == "lost";
    result.awaited += image.state == "awaited";
  }
}

// Some after the part `after`, which becomes the last of them; false: there were no more.
bool take_some(review::Store& store, const std::string& spool, const ImageOptions& options,
               int64_t& after, TakenImages& result) {
  const fs::path copies = fs::absolute(store.folder() / "images").lexically_normal();
  int64_t newest = 0;
  auto images = store.read([&](Database& database) {
    newest = database.integer("SELECT max(at) FROM loop_stream").value_or(0);
    return awaited_images(database, spool, after, kAtOnce);
  });
  if (images.empty()) return false;
  after = images.back().part_id;
  print_test_images(store);
  for (Awaited& image : images)
    examine(spool, copies, options, newest - image.at < options.patience_minutes * 60'000'000,
            image, result);
  std::vector<Awaited*> sound;
  for (Awaited& image : images)
    if (image.state == "taken") sound.push_back(&image);
  mark_doubles(store.read(known_images), sound);
  for (Awaited* image : sound)
    if (image->audit) image->state = "taken";  // leaving it out would distort the sample
  store.write(
      [&](Database& database) { store_images(database, copies, store.moment(), spool, images); });
  std::error_code ignored;
  for (const Awaited& image : images) {
    if (image.state == "double") fs::remove(copies / path_of(image.name), ignored);
    if (!options.remove || (image.state != "taken" && image.state != "double")) continue;
    const fs::path file = fs::path(spool) / "incoming" / image.name;
    fs::remove(file, ignored);
    fs::remove(fs::path(file).replace_extension(".json"), ignored);
  }
  count(images, result);
  return true;
}

}  // namespace

TakenImages take_images(review::Store& store, const std::string& spool,
                        const ImageOptions& options) {
  TakenImages result;
  int64_t after = 0;
  while (take_some(store, spool, options, after, result)) {
  }
  return result;
}

}  // namespace paucal::loop
