#include "edge/runtime/predictor.h"

#include <cmath>

#include "base/error.h"
#include "edge/post/sub_cells.h"
#include "edge/post/tiles.h"

namespace paucal::edge {
namespace {

// Damaged weights make NaN, which every comparison with a threshold would take for OK.
std::optional<Failure> check_finite(const RawPrediction& raw) {
  for (size_t c = 0; c < raw.maps.size(); ++c)
    for (const float value : raw.maps[c].values)
      if (!std::isfinite(value))
        return failure("predict", "map {} of {} holds {}, expected finite logits: damaged weights?",
                       c, raw.maps.size(), value);
  for (size_t c = 0; c < raw.scores.size(); ++c)
    if (!std::isfinite(raw.scores[c]))
      return failure("predict", "score {} of {} is {}, expected a finite logit: damaged weights?",
                     c, raw.scores.size(), raw.scores[c]);
  return std::nullopt;
}

Result<Planes> planes_of(const Tensor& out) {
  constexpr int64_t kMost = 1 << 20;
  if (out.type != Type::kF32 || out.layout != Layout::kRows || out.shape.rank() != 4 ||
      out.shape[0] != 1 || out.shape[1] > kMost || out.shape[2] > kMost || out.shape[3] > kMost)
    return failure("model", "output {} {}, expected f32 [1, channels, height, width]",
                   name_of(out.type), out.shape.text());
  return Planes{static_cast<int>(out.shape[1]),
                static_cast<int>(out.shape[2]),
                static_cast<int>(out.shape[3]),
                {out.as<float>(), out.as<float>() + out.shape.elements()}};
}

// Outputs of a network beside its class map: logits and deltas of each level, or regions, their
// deltas and probabilities.
size_t outputs_of(const DetectorCard& detector) {
  return detector.weighs_regions() ? 3 : 2 * detector.strides.size();
}

Result<std::vector<ScoredBox>> boxes_of(std::span<const Tensor> outputs, const DetectorCard& card,
                                        const Planes& canvas) {
  const int64_t columns[] = {5, 4, card.classes};
  const int64_t count = outputs[0].shape.rank() == 2 ? outputs[0].shape[0] : 0;
  constexpr int64_t kMost = 1 << 20;
  for (size_t i = 0; i < 3; ++i)
    if (outputs[i].type != Type::kF32 || outputs[i].shape != Shape{count, columns[i]} ||
        count > kMost)
      return failure("model", "output {} {}, expected f32 [regions, {}]", name_of(outputs[i].type),
                     outputs[i].shape.text(), columns[i]);
  return decode_regions({static_cast<int>(count), card.classes, outputs[0].as<float>(),
                         outputs[1].as<float>(), outputs[2].as<float>()},
                        canvas.width, canvas.height, card.nms);
}

}  // namespace

Result<std::unique_ptr<Predictor>> Predictor::make(std::shared_ptr<const Model> model,
                                                   SessionOptions options) {
  auto card = card_from_json(model->card());
  if (!card.ok()) return card.failure();
  const Graph& graph = model->graph();
  const size_t outputs = card->detector ? 1 + outputs_of(*card->detector) : 1;
  if (graph.inputs.size() != 1 || graph.outputs.size() != outputs)
    return failure("model", "{} inputs and {} outputs, expected 1 and {}", graph.inputs.size(),
                   graph.outputs.size(), outputs);
  const Value& input = graph.value(graph.inputs[0]);
  if (input.type != Type::kF32 || input.shape.rank() != 4 ||
      input.shape[1] != network_channels(card->input))
    return failure("model", "input {} {}, expected f32 [?, {}, ?, ?] as the pre-processing makes",
                   name_of(input.type), input.shape.text(), network_channels(card->input));
  return std::unique_ptr<Predictor>(new Predictor(std::move(*card), std::move(model), options));
}

Result<std::unique_ptr<Predictor>> Predictor::open(const std::filesystem::path& path,
                                                   SessionOptions options) {
  auto model = Model::open(path);
  if (!model.ok()) return model.failure();
  auto predictor = make(std::move(*model), options);
  if (!predictor.ok())
    return failure("model", "'{}': {}", path.string(), predictor.failure().message);
  return predictor;
}

std::optional<Failure> Predictor::choose_tiles(std::optional<int> side,
                                               std::optional<int> overlap) {
  return edge::choose_tiles(card_.input, side, overlap);
}

Result<NetworkOutput> Predictor::run(const Planes& canvas) {
  const Value& value = session_.model().graph().value(session_.model().graph().inputs[0]);
  Tensor input{Type::kF32,
               value.layout,
               {1, canvas.channels, canvas.height, canvas.width},
               const_cast<float*>(canvas.values.data())};
  if (value.layout == Layout::kChannelsLast && canvas.channels > 1) {
    input_.resize(canvas.values.size());
    const auto channels = static_cast<size_t>(canvas.channels);
    for (size_t c = 0; c < channels; ++c)
      for (size_t i = 0; i < canvas.plane(); ++i)
        input_[i * channels + c] = canvas.values[c * canvas.plane() + i];
    input.data = input_.data();
  }
  const auto outputs = session_.run(std::span(&input, 1));
  if (!outputs.ok()) return outputs.failure();
  NetworkOutput result;
  const bool regions = card_.detector && card_.detector->weighs_regions();
  if (regions) {
    auto boxes = boxes_of(std::span(*outputs).subspan(1), *card_.detector, canvas);
    if (!boxes.ok()) return boxes.failure();
    result.boxes = std::move(*boxes);
  }
  std::vector<Planes> planes;
  for (const Tensor& out : std::span(*outputs).first(regions ? 1 : outputs->size())) {
    auto one = planes_of(out);
    if (!one.ok()) return one.failure();
    planes.push_back(std::move(*one));
  }
  const int places = card_.upscale * card_.upscale;
  if (planes[0].channels % places != 0)
    return failure("model", "{} channels of class maps, expected a multiple of {}",
                   planes[0].channels, places);
  result.maps = places == 1 ? std::move(planes[0]) : spread_cells(planes[0], card_.upscale);
  for (size_t i = 1; i + 1 < planes.size(); i += 2) {
    result.logits.push_back(std::move(planes[i]));
    result.deltas.push_back(std::move(planes[i + 1]));
  }
  return result;
}

Result<RawPrediction> Predictor::predict_raw(const Fitted& fitted) {
  auto raw = edge::predict_raw(card_, fitted, [this](const Planes& canvas) { return run(canvas); });
  if (!raw.ok()) return raw;
  if (auto wrong = check_finite(*raw)) return *wrong;
  return raw;
}

Result<Prediction> Predictor::predict(const Image& image) {
  const auto raw = predict_raw(fit_image(image, card_.input));
  if (!raw.ok()) return raw.failure();
  return interpret(card_, *raw);
}

}  // namespace paucal::edge
