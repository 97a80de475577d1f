#include "pipeline/deploy/golden.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "edge/post/prediction_line.h"
#include "edge/pre/decode.h"
#include "edge/runtime/predictor.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

using Paths = std::vector<std::string>;

// The images of a split, in turns of each verdict (or class) that the run predicted.
Paths in_turns(const fs::path& run, const std::string& split) {
  const fs::path list = run / "predictions.jsonl";
  std::map<std::string, Paths> of_verdict;
  std::istringstream lines(read_text(list));
  for (std::string line; std::getline(lines, line);) {
    const Result<Json> json = parse_json(line, list.string());
    if (!json.ok() || !json->is_object() || json->value("split", "") != split) continue;
    const std::string path = json->value("path", "");
    if (path.find('#') != std::string::npos) continue;  // a page of a TIFF
    of_verdict[json->value("verdict", json->value("called", ""))].push_back(path);
  }
  size_t longest = 0;
  for (const auto& [verdict, paths] : of_verdict) longest = std::max(longest, paths.size());
  Paths all;
  for (size_t i = 0; i < longest; ++i)
    for (const auto& [verdict, paths] : of_verdict)
      if (i < paths.size()) all.push_back(paths[i]);
  return all;
}

// Writes the image and returns its line; nothing where it is none that a device reads.
Json golden_image(edge::Predictor& predictor, const fs::path& image, const fs::path& folder,
                  size_t number) {
  const auto bytes = read_file(image);
  if (!bytes.ok() || edge::format_of(*bytes) == "TIFF") return {};
  const auto decoded = edge::decode_image(*bytes, predictor.card().decoding());
  if (!decoded.ok()) return {};
  const edge::Prediction prediction = value_or_throw(predictor.predict(*decoded));
  const std::string name = fmt::format("{:03}{}", number, lower(image.extension().string()));
  write_file_atomic(folder / name, *bytes);
  Json line = {{"path", name}};
  line.update(edge::prediction_line(predictor.card(), prediction));
  return line;
}

}  // namespace

GoldenImages write_golden(const fs::path& run, const fs::path& model, size_t count) {
  if (!fs::exists(run / "predictions.jsonl"))
    fail("golden", "'{}': no predictions yet, expected a run that went up to locate", run.string());
  const fs::path root = read_json(run / "data.json").value("root", "");
  const auto predictor = value_or_throw(edge::Predictor::open(model));
  GoldenImages golden{fs::path(model).replace_extension(".golden")};
  fs::remove_all(golden.folder);
  std::string lines;
  for (const char* split : {"test", "val"})
    for (const std::string& path : in_turns(run, split)) {
      if (golden.images == count) break;
      const Json line = golden_image(*predictor, root / path, golden.folder, golden.images);
      if (line.is_null()) {
        ++golden.left_out;
        continue;
      }
      lines += dump_json(line) + "\n";
      ++golden.images;
    }
  if (golden.images == 0)
    fail("golden", "'{}': no test or validation image that can be read", run.string());
  write_text_atomic(golden.folder / "expected.jsonl", lines);
  return golden;
}

}  // namespace paucal::pipeline
