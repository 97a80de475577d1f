#include "serve/golden.h"

#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "edge/post/prediction_line.h"
#include "edge/pre/decode.h"

namespace paucal::serve {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMostExpectedBytes = 64 << 20, kMostImageBytes = 1 << 30;

double number_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : NAN;
}

edge::Box box_of(const Json& json) {
  const auto side = [&](const char* key) { return static_cast<float>(number_of(json, key)); };
  return {side("x0"), side("y0"), side("x1"), side("y1")};
}

bool alike(const edge::Box& a, const edge::Box& b) {
  const auto near = [](float x, float y) { return std::abs(x - y) <= kGoldenPixels; };
  return (near(a.x0, b.x0) && near(a.y0, b.y0) && near(a.x1, b.x1) && near(a.y1, b.y1)) ||
         edge::iou(a, b) >= kGoldenIou;
}

Json array_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_array() ? *found : Json::array();
}

std::optional<std::string> check_line(edge::Predictor& predictor, const fs::path& folder,
                                      const Json& expected) {
  const auto path = expected.is_object() ? expected.find("path") : expected.end();
  if (!expected.is_object() || path == expected.end() || !path->is_string())
    return "a line without \"path\", expected lines of predict";
  // The images may have been elsewhere when predict saw them.
  const std::string name = fs::path(path->get<std::string>()).filename().string();
  const auto bytes = read_file(folder / name, kMostImageBytes);
  if (!bytes.ok()) return bytes.failure().message;
  const auto image = edge::decode_image(*bytes, predictor.card().decoding());
  if (!image.ok()) return fmt::format("'{}': {}", name, image.failure().message);
  const auto prediction = predictor.predict(*image);
  if (!prediction.ok()) return fmt::format("'{}': {}", name, prediction.failure().message);
  const auto difference =
      golden_difference(expected, edge::prediction_line(predictor.card(), *prediction));
  if (difference) return fmt::format("'{}': {}", name, *difference);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> golden_difference(const Json& expected, const Json& found) {
  for (const char* key : {"verdict", "class"}) {
    const Json a = expected.value(key, Json()), b = found.value(key, Json());
    if (a != b) return fmt::format("{} {}, expected {}", key, dump_json(b), dump_json(a));
  }
  for (const char* key : {"probability_ng", "probability"}) {
    if (!found.contains(key)) continue;
    const double a = number_of(expected, key), b = number_of(found, key);
    if (!(std::abs(a - b) <= kGoldenProbability))
      return fmt::format("{} {:.6f}, expected {:.6f}", key, b, a);
  }
  const Json a = array_of(expected, "boxes"), b = array_of(found, "boxes");
  if (a.size() != b.size()) return fmt::format("{} boxes, expected {}", b.size(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!a[i].is_object() || !alike(box_of(a[i]), box_of(b[i])))
      return fmt::format("box {} {}, expected {}", i, dump_json(b[i]), dump_json(a[i]));
  return std::nullopt;
}

Result<int> check_golden(edge::Predictor& predictor, const fs::path& folder) {
  const fs::path list = folder / "expected.jsonl";
  const auto bytes = read_file(list, kMostExpectedBytes);
  if (!bytes.ok()) return failure("golden", "{}", bytes.failure().message);
  std::string_view rest(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  int images = 0;
  for (int line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view text = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.empty()) continue;
    const auto expected = parse_json(text, fmt::format("{}, line {}", list.string(), line));
    if (!expected.ok()) return expected.failure();
    if (const auto wrong = check_line(predictor, folder, *expected))
      return failure("golden", "{}", *wrong);
    ++images;
  }
  if (images == 0)
    return failure("golden", "'{}': no line, expected lines of predict", list.string());
  return images;
}

}  // namespace paucal::serve
