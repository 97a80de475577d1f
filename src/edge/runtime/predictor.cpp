#include "edge/runtime/predictor.h"

#include <cmath>

#include "base/error.h"
#include "edge/post/sub_cells.h"
#include "edge/post/tiles.h"
#include "edge/runtime/check_model.h"

namespace paucal::edge {
namespace {

// Damaged weights make NaN, which every comparison with a threshold would take for OK.
std::optional<Failure> check_finite(std::string_view name, std::span<const float> values) {
  for (const float value : values)
    if (!std::isfinite(value))
      return failure("predict", "'{}' holds {}, expected finite logits: damaged weights?", name,
                     value);
  return std::nullopt;
}

// Maps, logits, deltas, regions and probabilities alike.
std::optional<Failure> check_finite(const Graph& graph, std::span<const Tensor> outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::span values(outputs[i].as<const float>(),
                           static_cast<size_t>(outputs[i].shape.elements()));
    if (auto wrong = check_finite(graph.value(graph.outputs[i]).name, values)) return wrong;
  }
  return std::nullopt;
}

// Of what the passes over a mirrored image add up to.
std::optional<Failure> check_finite(const RawPrediction& raw) {
  for (const Map& map : raw.maps)
    if (auto wrong = check_finite("maps", map.values)) return wrong;
  for (const double score : raw.scores)
    if (!std::isfinite(score))
      return failure("predict", "a score is {}, expected a finite logit: damaged weights?", score);
  return std::nullopt;
}

// Types and layouts are known since check(); shapes may be others at another size of image.
Result<Planes> planes_of(const Tensor& out) {
  constexpr int64_t kMost = 1 << 20;
  if (out.shape.rank() != 4 || out.shape[0] != 1 || out.shape[1] > kMost || out.shape[2] > kMost ||
      out.shape[3] > kMost)
    return failure("model", "output {}, expected [1, channels, height, width]", out.shape.text());
  return Planes{static_cast<int>(out.shape[1]),
                static_cast<int>(out.shape[2]),
                static_cast<int>(out.shape[3]),
                {out.as<float>(), out.as<float>() + out.shape.elements()}};
}

Result<std::vector<ScoredBox>> boxes_of(std::span<const Tensor> outputs, const DetectorCard& card,
                                        const Planes& canvas) {
  const int64_t columns[] = {5, 4, card.classes};
  const int64_t count = outputs[0].shape.rank() == 2 ? outputs[0].shape[0] : 0;
  constexpr int64_t kMostBoxes = 1 << 24;
  for (size_t i = 0; i < 3; ++i)
    if (outputs[i].shape != Shape{count, columns[i]} || count * card.classes > kMostBoxes)
      return failure("model", "output {}, expected [regions, {}], at most {} of all classes",
                     outputs[i].shape.text(), columns[i], kMostBoxes);
  return decode_regions({static_cast<int>(count), card.classes, outputs[0].as<float>(),
                         outputs[1].as<float>(), outputs[2].as<float>()},
                        canvas.width, canvas.height, card.nms);
}

}  // namespace

Result<std::unique_ptr<Predictor>> Predictor::make(std::shared_ptr<const Model> model,
                                                   SessionOptions options) {
  auto card = card_from_json(model->card());
  if (!card.ok()) return card.failure();
  if (auto wrong = check(*card, model->graph())) return *wrong;
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
  if (auto wrong = edge::choose_tiles(card_.input, side, overlap)) return wrong;
  if (side || overlap) card_.coarse.reset();
  return std::nullopt;
}

void Predictor::hire_crew() {
  if (!networks_.empty()) return;
  lanes_.clear();  // where memory ran out half-way
  auto pool = std::make_unique<Pool>(options_.threads);
  SessionOptions alone = options_;
  alone.threads = 1;
  std::vector<Network> networks;
  for (int i = 0; i < pool->threads(); ++i) {
    Lane& lane = lanes_.emplace_back(session_.shared_model(), alone);
    networks.emplace_back(
        [this, &lane](const Planes& canvas) { return run_in(lane.session, lane.input, canvas); });
  }
  pool_ = std::move(pool);
  networks_ = std::move(networks);
}

Result<NetworkOutput> Predictor::run(const Planes& canvas) {
  return run_in(session_, input_, canvas);
}

Result<NetworkOutput> Predictor::run_in(Session& session, std::vector<float>& memory,
                                        const Planes& canvas) {
  const Graph& graph = session.model().graph();
  const Value& value = graph.value(graph.inputs[0]);
  Tensor input{Type::kF32,
               value.layout,
               {1, canvas.channels, canvas.height, canvas.width},
               const_cast<float*>(canvas.values.data())};
  if (value.layout == Layout::kChannelsLast && canvas.channels > 1) {
    memory.resize(canvas.values.size());
    const auto channels = static_cast<size_t>(canvas.channels);
    for (size_t c = 0; c < channels; ++c)
      for (size_t i = 0; i < canvas.plane(); ++i)
        memory[i * channels + c] = canvas.values[c * canvas.plane() + i];
    input.data = memory.data();
  }
  const auto outputs = session.run(std::span(&input, 1));
  if (!outputs.ok()) return outputs.failure();
  if (auto wrong = check_finite(graph, *outputs)) return *wrong;
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
  const bool crew = options_.threads > 1 && in_tiles(fitted.image, card_.input);
  if (crew) hire_crew();
  auto raw =
      crew ? edge::predict_raw(card_, fitted, Crew{*pool_, networks_})
           : edge::predict_raw(card_, fitted, [this](const Planes& canvas) { return run(canvas); });
  if (!raw.ok()) return raw;
  if (auto wrong = check_finite(*raw)) return *wrong;
  return raw;
}

Result<Prediction> Predictor::predict(const Image& image) {
  if (auto wrong = check_size(image.width, image.height, card_.input)) return *wrong;
  // Before anything as large as what the model asks for is made.
  const auto fitted = fitted_size(image, card_.input);
  const auto [width, height] = canvas_size(fitted, card_.input);
  const int channels = network_channels(card_.input);
  if (static_cast<double>(width) * height * channels * sizeof(float) >
      static_cast<double>(session_.max_bytes()))
    return failure("predict", "a canvas of {} × {} × {} floats, expected at most {} MB", width,
                   height, channels, session_.max_bytes() >> 20);
  const auto raw = predict_raw(fit_image(image, card_.input));
  if (!raw.ok()) return raw.failure();
  return interpret(card_, *raw);
}

}  // namespace paucal::edge
