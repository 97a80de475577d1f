// The API: all images, by what was decided of them and what the newest run says.

#include <charconv>
#include <optional>

#include "review/call.h"

namespace paucal::review {
namespace {

constexpr int64_t kMostListed = 500;

// ?1 … ?5: status, verdict, class, least and largest score; NULL: any.
constexpr std::string_view kListed =
    "FROM (SELECT image.id AS id, coalesce(version, 0) AS version, coalesce(status, 'open') AS "
    "status, verdict, image_state.class_id AS decided, path, image.class_id AS label, (SELECT "
    "probability FROM image_score WHERE image_score.image_id = image.id ORDER BY run_id DESC LIMIT "
    "1) AS score FROM image LEFT JOIN image_state ON image_state.image_id = image.id WHERE "
    "shadow_of IS NULL) WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR verdict = ?2) AND (?3 "
    "IS NULL OR coalesce(decided, label) = ?3) AND (?4 IS NULL OR score >= ?4) AND (?5 IS NULL OR "
    "score <= ?5) ";

template <class Number>
std::optional<Number> number_in(const http::Request& request, const char* name) {
  const std::string* text = request.parameter(name);
  Number value{};
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc())
    return std::nullopt;
  return value;
}

std::optional<std::string> text_in(const http::Request& request, const char* name) {
  const std::string* text = request.parameter(name);
  return text && !text->empty() ? std::optional(*text) : std::nullopt;
}

const char* order_in(const http::Request& request) {
  const std::string order = text_in(request, "order").value_or("");
  return order == "score" ? "score, id" : order == "-score" ? "score DESC, id" : "id";
}

Json listed_json(const Statement& row) {
  return {{"id", row.integer(0)},
          {"version", row.integer(1)},
          {"status", row.text(2)},
          {"verdict", row.is_null(3) ? Json() : Json(row.text(3))},
          {"class", row.is_null(4) ? Json() : Json(row.integer(4))},
          {"path", row.text(5)},
          {"label", row.is_null(6) ? Json() : Json(row.integer(6))},
          {"score", row.is_null(7) ? Json() : Json(row.real(7))}};
}

}  // namespace

Answer answer_images(const Call& call) {
  // Whoever reads blind could look here what the first reader said.
  if (!call.person.may(Role::kArbiter))
    return refusal(403, "forbidden", "[images] expected an arbiter or an admin");
  const http::Request& ask = call.request;
  const int64_t n = std::clamp<int64_t>(number_in<int64_t>(ask, "n").value_or(100), 1, kMostListed);
  const int64_t after = std::max<int64_t>(0, number_in<int64_t>(ask, "after").value_or(0));
  return json_answer(call.store().read([&](Database& database) -> Json {
    const auto select = [&](const std::string& sql, const auto&... more) {
      return database.query(sql.c_str(), text_in(ask, "status"), text_in(ask, "verdict"),
                            number_in<int64_t>(ask, "class"), number_in<double>(ask, "min"),
                            number_in<double>(ask, "max"), more...);
    };
    auto counted = select(fmt::format("SELECT count(*) {}", kListed));
    const int64_t total = counted.step() ? counted.integer(0) : 0;
    Json images = Json::array();
    for (auto rows =
             select(fmt::format("SELECT id, version, status, verdict, decided, path, label, "
                                "score {} ORDER BY {} LIMIT ?6 OFFSET ?7",
                                kListed, order_in(ask)),
                    n, after);
         rows.step();)
      images.push_back(listed_json(rows));
    return {{"images", std::move(images)},
            {"total", total},
            {"next", after + n < total ? Json(after + n) : Json()}};
  }));
}

}  // namespace paucal::review
