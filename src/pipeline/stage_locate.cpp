// locate: scores, heat maps and boxes of every image.

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/host/progress.h"
#include "base/host/work.h"
#include "base/json_text.h"
#include "base/short_path.h"
#include "edge/post/draw_prediction.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"
#include "pipeline/raw.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;

Json line_of(const edge::ModelCard& card, const data::Record& record,
             const judge::Prediction& prediction) {
  Json line = {{"path", record.path},
               {"class", record.class_name},
               {"split", data::split_name(record.split)},
               {"score", prediction.score}};
  if (!record.part.empty()) line["part"] = record.part;
  const Json details = to_json(card, prediction);
  for (const auto& [key, value] : details.items()) line[key == "class" ? "called" : key] = value;
  return line;
}

// A picture that cannot be made or written costs no prediction.
void write_overlay(const fs::path& file, const data::Dataset& dataset, const data::Record& record,
                   const edge::ModelCard& card, const judge::Prediction& prediction) {
  try {
    const edge::Image original =
        value_or_throw(edge::read_image(dataset.file(record), card.decoding(3, record.page)));
    count_decoded_image();
    const Bytes jpeg =
        value_or_throw(edge::encode_jpeg(edge::draw_prediction(original, prediction), 88));
    write_file_atomic(file, jpeg);
  } catch (const Error& error) {
    log::warn("locate: no overlay '{}': {}", file.string(), error.message());
  }
}

// Those of images that have left the test split.
void remove_other_overlays(const fs::path& folder, const std::set<std::string>& wanted) {
  for (const std::string& file : list_files(folder))
    if (!wanted.contains(file)) fs::remove(folder / file);
}

}  // namespace

void execute_locate(RunState& run) {
  const edge::ModelCard card = judge::load_card(run.folder);
  const judge::RawStore raw = stored_raw(run.folder, run.dataset, card);
  const auto& records = run.dataset.records;
  const fs::path overlays = run.folder / "overlays";
  fs::create_directories(overlays);  // also where no image is to be tested on
  Progress progress("locate", static_cast<int64_t>(records.size()));
  std::string lines;
  std::set<std::string> drawn;
  for (size_t i = 0; i < records.size(); ++i) {
    const judge::Prediction prediction = interpret(card, raw.at(static_cast<int>(i)));
    lines += dump_json(line_of(card, records[i], prediction)) + "\n";
    if (records[i].split == data::Split::kTest) {
      const std::string name = short_path(records[i].path + ".jpg");
      write_overlay(overlays / name, run.dataset, records[i], card, prediction);
      drawn.insert(name);
    }
    progress.advance();
  }
  remove_other_overlays(overlays, drawn);
  write_text_atomic(run.folder / "predictions.jsonl", lines);
}

}  // namespace paucal::pipeline
