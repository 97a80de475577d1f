#include "line/judge.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "edge/pre/decode.h"

namespace paucal::line {
namespace {

constexpr uint64_t kMaxImageFile = uint64_t{1} << 30;

Judgement unreadable(std::string error) {
  Judgement judgement;
  judgement.error = std::move(error);
  return judgement;
}

void judge_class(const LoadedRecipe& recipe, const edge::Prediction& prediction,
                 Judgement& judgement) {
  const edge::ModelCard& card = recipe.predictor->card();
  double ok = 0;
  for (size_t i = 0; i < card.classes.size(); ++i)
    if (card.class_is_ok[i]) ok += prediction.class_probabilities[i];
  judgement.probability_ng = std::clamp(1 - ok, 0., 1.);
  judgement.ng = recipe.recipe.threshold ? judgement.probability_ng >= *recipe.recipe.threshold
                                         : !card.class_is_ok[static_cast<size_t>(prediction.label)];
}

template <class T>
std::vector<T> crop_samples(const std::vector<T>& samples, const edge::Image& image,
                            const std::array<int, 4>& roi) {
  std::vector<T> kept;
  const auto [x0, y0, x1, y1] = roi;
  const auto channels = static_cast<size_t>(image.channels);
  kept.reserve(static_cast<size_t>(x1 - x0) * static_cast<size_t>(y1 - y0) * channels);
  for (int y = y0; y < y1; ++y) {
    const auto row =
        samples.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(y) *
                                                 static_cast<size_t>(image.width) * channels);
    kept.insert(kept.end(), row + x0 * image.channels, row + x1 * image.channels);
  }
  return kept;
}

}  // namespace

std::pair<std::string, int> model_name(const std::filesystem::path& path) {
  const std::string stem = path.stem().string(), folder = path.parent_path().filename().string();
  int version = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), version);
  const bool number = error == std::errc() && end == stem.data() + stem.size() && version >= 0;
  if (number && !folder.empty()) return {folder, version};
  return {stem, 1};
}

Result<edge::Image> crop(const edge::Image& image, const std::array<int, 4>& roi) {
  const auto [x0, y0, x1, y1] = roi;
  if (x1 > image.width || y1 > image.height)
    return failure("line", "roi [{}, {}, {}, {}] of an image of {} × {}: expected it inside", x0,
                   y0, x1, y1, image.width, image.height);
  edge::Image part;
  part.width = x1 - x0;
  part.height = y1 - y0;
  part.channels = image.channels;
  part.pixels = crop_samples(image.pixels, image, roi);
  if (image.is_deep()) part.deep = crop_samples(image.deep, image, roi);
  return part;
}

Judgement judge_image(const LoadedRecipe& recipe, edge::Image image) {
  if (recipe.recipe.roi) {
    auto part = crop(image, *recipe.recipe.roi);
    if (!part.ok()) return unreadable(part.failure().message);
    image = std::move(*part);
  }
  auto prediction = recipe.predictor->predict(image);
  if (!prediction.ok()) return unreadable(prediction.failure().message);
  if (recipe.recipe.roi)
    for (edge::ScoredBox& found : prediction->boxes) {
      const auto x = static_cast<float>((*recipe.recipe.roi)[0]);
      const auto y = static_cast<float>((*recipe.recipe.roi)[1]);
      found.box = {found.box.x0 + x, found.box.y0 + y, found.box.x1 + x, found.box.y1 + y};
    }
  Judgement judgement;
  const edge::ModelCard& card = recipe.predictor->card();
  if (card.task == edge::Task::kInspection) {
    judgement.ng = prediction->ng;
    judgement.probability_ng = prediction->probability;
  } else {
    judge_class(recipe, *prediction, judgement);
  }
  judgement.boxes = edge::to_json(card, *prediction)["boxes"];
  return judgement;
}

Judgement judge_file(const LoadedRecipe& recipe, const std::filesystem::path& path) {
  const edge::ModelCard& card = recipe.predictor->card();
  try {
    const auto bytes = read_file(path, kMaxImageFile);
    if (!bytes.ok()) return unreadable(bytes.failure().message);
    int pages = 1;
    if (card.input.pages == edge::Pages::kAll)
      if (const auto info = edge::probe_image(*bytes); info.ok()) pages = info->pages;
    Judgement worst;
    for (int page = 1; page <= pages; ++page) {
      auto image = edge::decode_image(*bytes, card.decoding(card.input.channels, page));
      Judgement one =
          image.ok() ? judge_image(recipe, std::move(*image)) : unreadable(image.failure().message);
      if (!one.error.empty()) return unreadable(fmt::format("'{}': {}", path.string(), one.error));
      const bool worse =
          one.ng > worst.ng || (one.ng == worst.ng && one.probability_ng > worst.probability_ng);
      if (page == 1 || worse) worst = std::move(one);
    }
    return worst;
  } catch (const std::exception& error) {  // the memory of one image may not suffice, say
    return unreadable(fmt::format("'{}': {}", path.string(), error.what()));
  }
}

}  // namespace paucal::line
