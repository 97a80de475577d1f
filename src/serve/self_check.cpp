#include "serve/self_check.h"

#include <algorithm>
#include <chrono>
#include <new>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "edge/runtime/predictor.h"
#include "serve/golden.h"

namespace paucal::serve {
namespace fs = std::filesystem;
namespace {

Result<std::string> run_check(edge::Predictor& predictor, const fs::path& golden) {
  std::error_code unknown;
  if (fs::is_directory(golden, unknown)) {
    const auto images = check_golden(predictor, golden);
    if (!images.ok()) return images.failure();
    return fmt::format("{} golden image{} as expected", *images, *images == 1 ? "" : "s");
  }
  const edge::Image image = made_up_image(predictor.card());
  const auto prediction = predictor.predict(image);
  if (!prediction.ok()) return prediction.failure();
  return fmt::format("no golden images in '{}'; a made-up one of {} × {} ran", golden.string(),
                     image.width, image.height);
}

Result<CheckedModel> load_and_run(const FoundModel& found, int threads) {
  const auto begin = std::chrono::steady_clock::now();
  const std::string origin = found.file.string();
  auto bytes = read_file(found.file);
  if (!bytes.ok()) return bytes.failure();
  const std::string sha256 = sha256_hex(*bytes);
  const SharedBytes data = SharedBytes::copy_of(std::span<const std::uint8_t>(*bytes));
  *bytes = Bytes();  // one copy is enough
  auto file = edge::read_model(data, origin);
  if (!file.ok()) return file.failure();
  auto model = edge::Model::make(std::move(*file));
  if (!model.ok()) return failure("model", "'{}': {}", origin, model.failure().message);
  auto predictor = edge::Predictor::make(*model, {.threads = threads});
  if (!predictor.ok()) return failure("model", "'{}': {}", origin, predictor.failure().message);
  auto how = run_check(**predictor, found.golden);
  if (!how.ok()) return failure(how.failure().place, "'{}': {}", origin, how.failure().message);
  auto loaded = std::make_shared<Loaded>();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  loaded->served = {found.name,           found.version, sha256,
                    (*predictor)->card(), now_ms(),      seconds.count()};
  loaded->model = std::move(*model);
  return CheckedModel{std::move(loaded), std::move(*how)};
}

}  // namespace

edge::Image made_up_image(const edge::ModelCard& card) {
  constexpr int kMostSide = 8192;
  const edge::PreprocessOptions& input = card.input;
  const auto side = [&](int whole) {
    return std::min(input.tile > 0 ? input.tile : whole, kMostSide);
  };
  const auto [width, height] = edge::passing_size(side(input.width), side(input.height), input);
  edge::Image image(width, height, input.channels);
  std::uint32_t state = 1;
  for (std::uint8_t& value : image.pixels) {
    state = state * 1664525 + 1013904223;  // Numerical Recipes' generator
    value = static_cast<std::uint8_t>(state >> 24);
  }
  return image;
}

Result<CheckedModel> load_checked(const FoundModel& found, int threads) {
  try {
    return load_and_run(found, threads);
  } catch (const std::exception& error) {  // no memory
    return failure("model", "'{}': {}", found.file.string(), error.what());
  }
}

}  // namespace paucal::serve
