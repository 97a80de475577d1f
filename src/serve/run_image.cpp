#include "serve/run_image.h"

#include "base/error.h"
#include "base/json_text.h"
#include "edge/post/prediction_line.h"
#include "edge/pre/decode.h"

namespace paucal::serve {
namespace {

Refused bad_input(const Failure& failure) {
  return {Refusal::kBadInput, failure.message};
}

bool is_sound(const edge::Image& image) {
  const auto side = [](int n) { return n > 0 && n <= 1 << 20; };
  return side(image.width) && side(image.height) && (image.channels == 1 || image.channels == 3) &&
         image.pixels.size() ==
             static_cast<std::size_t>(image.width) * image.height * image.channels;
}

void run_image_or_throw(Flight& flight, std::size_t i, Predictors& predictors) {
  const auto predictor = predictors.of(flight.loaded);
  if (!predictor.ok()) {
    flight.wrong[i] = Refused{Refusal::kInternal, predictor.failure().message};
    return;
  }
  const edge::ModelCard& card = flight.loaded->served.card;
  auto begin = Clock::now();
  edge::Image memory;
  const auto image = decoded(flight.job.inputs[i], card, memory);
  flight.decode_ns += ns_since(begin);
  if (const auto* wrong = std::get_if<Refused>(&image)) {
    flight.wrong[i] = *wrong;
    return;
  }
  begin = Clock::now();
  auto prediction = predict(**predictor, *std::get<const edge::Image*>(image));
  flight.infer_ns += ns_since(begin);
  if (auto* wrong = std::get_if<Refused>(&prediction)) {
    flight.wrong[i] = std::move(*wrong);
    return;
  }
  begin = Clock::now();
  Predicted& predicted = flight.images[i];
  predicted.prediction = std::move(std::get<edge::Prediction>(prediction));
  predicted.json = dump_json(edge::prediction_line(card, predicted.prediction));
  flight.post_ns += ns_since(begin);
  if (flight.keeps_pixels) flight.pixels[i] = std::move(memory);
}

}  // namespace

Result<edge::Predictor*> Predictors::of(const std::shared_ptr<const Loaded>& loaded) {
  for (const Made& made : made_)
    if (made.loaded == loaded) return made.predictor.get();
  auto predictor = edge::Predictor::make(loaded->model, {.threads = threads_});
  if (!predictor.ok()) return predictor.failure();
  made_.push_back({loaded, std::move(*predictor)});
  return made_.back().predictor.get();
}

void Predictors::let_go() {
  std::erase_if(made_, [](const Made& made) { return made.loaded->dropped.load(); });
}

Answer<const edge::Image*> decoded(const Input& input, const edge::ModelCard& card,
                                   edge::Image& memory) {
  if (const auto* image = std::get_if<edge::Image>(&input)) {
    if (!is_sound(*image))
      return Refused{
          Refusal::kBadInput,
          fmt::format("{} × {} × {} with {} values, expected as many, 1 or 3 channels",
                      image->width, image->height, image->channels, image->pixels.size())};
    if (std::int64_t{image->width} * image->height > card.max_pixels)
      return Refused{Refusal::kBadInput, fmt::format("{} × {} pixels, expected at most {}",
                                                     image->width, image->height, card.max_pixels)};
    return image;
  }
  const auto& bytes = std::get<EncodedImage>(input);
  auto image = edge::decode_image(
      {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, card.decoding());
  if (!image.ok()) return bad_input(image.failure());
  memory = std::move(*image);
  return &memory;
}

Answer<edge::Prediction> predict(edge::Predictor& predictor, const edge::Image& image) {
  auto prediction = predictor.predict(image);
  if (prediction.ok()) return std::move(*prediction);
  if (prediction.failure().place == edge::kNoMemory)
    return Refused{Refusal::kInternal, prediction.failure().message};
  return bad_input(prediction.failure());
}

std::string verdict_of(const edge::ModelCard& card, const edge::Prediction& prediction) {
  if (card.task == edge::Task::kInspection) return prediction.ng ? "NG" : "OK";
  return card.classes[static_cast<std::size_t>(prediction.label)];
}

void run_image(Flight& flight, std::size_t image, Predictors& predictors) {
  try {
    run_image_or_throw(flight, image, predictors);
  } catch (const std::exception& error) {  // no memory
    flight.wrong[image] = Refused{Refusal::kInternal, error.what()};
  }
}

}  // namespace paucal::serve
