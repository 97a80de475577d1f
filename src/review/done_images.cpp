#include "review/done_images.h"

#include "base/json_text.h"

namespace paucal::review {

Json object_of_text(const std::string& text) {
  if (text.empty()) return Json::object();
  auto json = parse_json(text, "extra");
  return json.ok() && json->is_object() ? std::move(*json) : Json::object();
}

void each_done(Database& database, int64_t root, const std::function<void(DoneImage&)>& use) {
  for (auto rows = database.query(
           "SELECT image.id, path, split, width, height, image.class_id, extra, "
           "image_state.at, user.name FROM image JOIN image_state ON image_id = image.id LEFT JOIN "
           "user ON user.id = image_state.user_id WHERE shadow_of IS NULL AND status = 'done' AND "
           "(?1 = 0 OR root_id = ?1) ORDER BY image.id",
           root);
       rows.step();) {
    DoneImage image{rows.integer(0),
                    rows.text(1),
                    rows.text(2),
                    rows.maybe_integer(3),
                    rows.maybe_integer(4),
                    rows.maybe_integer(5),
                    object_of_text(rows.text(6)),
                    rows.integer(7),
                    rows.text(8),
                    load_decision(database, rows.integer(0))};
    use(image);
  }
}

}  // namespace paucal::review
