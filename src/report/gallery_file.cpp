#include "report/gallery_file.h"

#include "base/base64.h"
#include "base/error.h"

namespace paucal::report {
namespace {

Json picture_json(const Picture& picture) {
  return {
      {"mime", picture.mime}, {"caption", picture.caption}, {"base64", to_base64(picture.bytes)}};
}

Picture picture_from(const Json& json) {
  auto bytes = from_base64(json.at("base64").get_ref<const std::string&>());
  if (!bytes) fail("report", "a picture of a gallery is no base64");
  return {std::move(*bytes), json.at("mime"), json.at("caption")};
}

Json row_json(const GalleryRow& row) {
  Json json = {{"title", row.title}, {"detail", row.detail}, {"pictures", Json::array()}};
  for (const Picture& picture : row.pictures) json["pictures"].push_back(picture_json(picture));
  return json;
}

GalleryRow row_from(const Json& json) {
  GalleryRow row{json.at("title"), json.at("detail"), {}};
  for (const Json& picture : json.at("pictures")) row.pictures.push_back(picture_from(picture));
  return row;
}

}  // namespace

Json to_json(const std::vector<Gallery>& galleries) {
  Json json = Json::array();
  for (const Gallery& gallery : galleries) {
    json.push_back(
        {{"title", gallery.title}, {"explanation", gallery.explanation}, {"rows", Json::array()}});
    for (const GalleryRow& row : gallery.rows) json.back()["rows"].push_back(row_json(row));
  }
  return json;
}

std::vector<Gallery> galleries_from_json(const Json& json) {
  std::vector<Gallery> galleries;
  for (const Json& one : json) {
    Gallery& gallery = galleries.emplace_back(Gallery{one.at("title"), one.at("explanation"), {}});
    for (const Json& row : one.at("rows")) gallery.rows.push_back(row_from(row));
  }
  return galleries;
}

}  // namespace paucal::report
