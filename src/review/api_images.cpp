// The API: images, their history and their pixels.

#include <charconv>

#include "edge/pre/decode.h"
#include "edge/pre/encode.h"
#include "review/call.h"
#include "review/hand_out.h"

namespace paucal::review {
namespace {

constexpr int kMaxThumbSide = 1024;
constexpr const char* kCached = "private, max-age=3600";

std::optional<Refusal> may_see(const Call& call, int64_t image) {
  const Moment moment = call.store().moment();
  return call.store().read([&](Database& database) {
    return check_access(database, moment, call.person, image, /*to_write=*/false);
  });
}

ImagePlace place_of(const Call& call, int64_t image) {
  return call.store().read([&](Database& database) {
    ImagePlace place;
    auto row = database.query(
        "SELECT folder, path FROM image JOIN root ON root.id = root_id WHERE image.id = ?", image);
    if (row.step()) place = {row.text(0), row.text(1)};
    return place;
  });
}

// The image's pixels in tiles, or why they are not shown.
std::variant<std::shared_ptr<Pyramid>, Refusal> pyramid_of(const Call& call) {
  const int64_t image = call.numbers[0];
  if (auto refused = may_see(call, image)) return *refused;
  auto pyramid = call.shared.pyramids.get(place_of(call, image));
  if (!pyramid.ok())
    return refusal(404, "file", "[{}] image {} cannot be shown", pyramid.failure().place, image);
  return *pyramid;
}

http::Response picture(Bytes bytes, const char* type) {
  http::Response response;
  response.content_type = type;
  response.body.assign(bytes.begin(), bytes.end());
  response.fields.push_back({"Cache-Control", kCached});
  return response;
}

int number_of(const std::string* text, int otherwise) {
  int value = otherwise;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

}  // namespace

void add_size(const Call& call, Json& image) {
  if (!image["width"].is_null()) return;
  const ImagePlace place = place_of(call, image["id"].get<int64_t>());
  const Result<Bytes> bytes = read_beneath(place);
  const auto info = bytes.ok() ? edge::probe_image(*bytes, page_of(place))
                               : Result<edge::ImageInfo>(bytes.failure());
  if (!info.ok()) return;
  image["width"] = info->width;
  image["height"] = info->height;
}

ImageSize shown_size(const Call& call, int64_t image) {
  if (may_see(call, image)) return {};
  const auto pyramid = call.shared.pyramids.get(place_of(call, image));
  return pyramid.ok() ? ImageSize{(*pyramid)->width(), (*pyramid)->height()} : ImageSize{};
}

Answer answer_image(const Call& call) {
  const int64_t image = call.numbers[0];
  if (auto refused = may_see(call, image)) return *refused;
  Json json = call.store().read([&](Database& database) { return image_json(database, image); });
  add_size(call, json);
  return json_answer(json);
}

Answer answer_history(const Call& call) {
  const int64_t image = call.numbers[0];
  if (auto refused = may_see(call, image)) return *refused;
  return json_answer(call.store().read([&](Database& database) -> Json {
    Json list = Json::array();
    for (auto rows = database.query(
             "SELECT event.id, at, user.name, action, item_id, asked, undoes FROM event_image JOIN "
             "event ON event.id = event_id LEFT JOIN user ON user.id = event.user_id WHERE "
             "event_image.image_id = ? ORDER BY event.id DESC LIMIT 200",
             image);
         rows.step();)
      list.push_back({{"event", rows.integer(0)},
                      {"at", rows.integer(1)},
                      {"by", rows.text(2)},
                      {"action", rows.text(3)},
                      {"item", rows.is_null(4) ? Json() : Json(rows.text(4))},
                      {"asked", rows.text(5)},
                      {"undoes", rows.is_null(6) ? Json() : Json(rows.integer(6))}});
    return {{"events", std::move(list)}};
  }));
}

Answer answer_original(const Call& call) {
  const int64_t image = call.numbers[0];
  if (auto refused = may_see(call, image)) return *refused;
  const Result<Bytes> bytes =
      read_beneath(place_of(call, image), call.shared.options.cache_mb << 20);
  if (!bytes.ok()) return refusal(404, "file", "[image] {} cannot be read", image);
  http::Response response = picture(*bytes, "application/octet-stream");
  response.fields.push_back(
      {"Content-Disposition", fmt::format("attachment; filename=\"image-{}\"", image)});
  return response;
}

Answer answer_thumb(const Call& call) {
  const int side = std::clamp(number_of(call.request.parameter("s"), 256), 16, kMaxThumbSide);
  auto pyramid = pyramid_of(call);
  if (auto* refused = std::get_if<Refusal>(&pyramid)) return *refused;
  auto bytes = std::get<std::shared_ptr<Pyramid>>(pyramid)->thumb(side);
  if (!bytes.ok()) return refusal(404, "file", "[thumb] {}", bytes.failure().message);
  return picture(std::move(*bytes), "image/jpeg");
}

Answer answer_tile(const Call& call) {
  constexpr int64_t kMost = 1 << 20;
  for (const int64_t number : {call.numbers[1], call.numbers[2], call.numbers[3]})
    if (number > kMost) return refusal(404, "tile", "[tile] no such tile");
  auto pyramid = pyramid_of(call);
  if (auto* refused = std::get_if<Refusal>(&pyramid)) return *refused;
  const auto level = static_cast<int>(call.numbers[1]);
  auto bytes = std::get<std::shared_ptr<Pyramid>>(pyramid)->tile(
      level, static_cast<int>(call.numbers[2]), static_cast<int>(call.numbers[3]));
  if (!bytes.ok()) return refusal(404, "tile", "[tile] {}", bytes.failure().message);
  return picture(std::move(*bytes), level == 0 ? "image/png" : "image/jpeg");
}

// Of the run that is asked for, else of the last one that knows the image. A honeypot has the heat
// of the image that it is made of: it looks like any other.
Answer answer_heat(const Call& call) {
  const int64_t image = call.numbers[0];
  if (auto refused = may_see(call, image)) return *refused;
  const int wanted = number_of(call.request.parameter("run"), 0);
  std::string path;
  std::vector<std::string> runs;
  bool blind = false;
  call.store().read([&](Database& database) {
    auto row = database.query(
        "SELECT path, coalesce(shadow_of, id), shadow_kind FROM image WHERE id = ?", image);
    if (!row.step()) return;
    path = row.text(0);
    const std::string kind = row.text(2);  // none: an image of its own
    blind = !kind.empty() && kind != "honeypot";
    for (auto rows = database.query(
             "SELECT folder FROM image_score JOIN run ON run.id = run_id WHERE image_id = ?1 AND "
             "(?2 = 0 OR run_id = ?2) ORDER BY run_id DESC",
             row.integer(1), static_cast<int64_t>(wanted));
         rows.step();)
      runs.push_back(rows.text(0));
  });
  if (blind)
    return refusal(403, "blind", "[heat] image {}: it is read blind, without what the model saw",
                   image);
  for (const std::string& run : runs) {
    const auto heat = call.shared.heats.get(run);
    if (!heat.ok()) continue;
    const auto small = (*heat)->picture(path);
    if (!small.ok()) continue;
    auto bytes = edge::encode_png(*small);
    if (bytes.ok()) return picture(std::move(*bytes), "image/png");
  }
  return refusal(404, "heat", "[heat] image {}: none of its {} runs has a map of it (raw.bin)",
                 image, runs.size());
}

}  // namespace paucal::review
