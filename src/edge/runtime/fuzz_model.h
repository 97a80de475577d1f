#pragma once
// Small models whose card and graph agree, and how a device uses them. Shared by
// model_lies_fuzz.cpp and tests; fuzz_lies.h makes them contradict themselves.

#include <string>

#include "edge/format/fuzz_json.h"
#include "edge/format/model_file.h"
#include "edge/post/card.h"
#include "edge/runtime/predictor.h"

namespace paucal::edge::fuzz {

class ModelMaker {
 public:
  explicit ModelMaker(Below below) : below_(std::move(below)) {}

  // A model that can be run on any image.
  ModelFile consistent() {
    make_card();
    make_graph();
    return {graph_, to_json(card_)};
  }

 private:
  int between(int low, int high) {
    return low + static_cast<int>(below_(static_cast<size_t>(high - low) + 1));
  }
  bool coin() { return below_(2) == 1; }

  void make_card() {
    card_.task = coin() ? Task::kInspection : Task::kClassification;
    const int classes = between(1, 4);
    for (int i = 0; i < classes; ++i) {
      card_.classes.push_back("class" + std::to_string(i));
      card_.class_is_ok.push_back(coin());
    }
    make_input();
    card_.top = coin() ? .1 : 1;
    card_.flips = coin();
    card_.upscale = coin() ? 1 : 2;
    card_.min_area = 1;
    card_.calibration.ng = {2, coin() ? 4. : -1.};
    card_.calibration.box_join = between(0, 2);
    card_.calibration.box_shrink = between(0, 1);
    if (coin()) return;
    card_.detector.emplace();
    DetectorCard& detector = *card_.detector;
    detector.classes = card_.box_classes();
    if (coin()) detector.strides = {kStride, 2 * kStride};
    if (coin()) detector.anchors.ratios = {.5, 2};
    detector.score = detector.nms.score = .1;
    detector.nms.vote = coin() ? .6 : 0;
  }

  void make_input() {
    PreprocessOptions& input = card_.input;
    input.fit = static_cast<Fit>(between(0, 2));
    input.channels = coin() ? 1 : 3;
    input.multiple = kGrid;
    input.width = kGrid * between(1, 4);
    input.height = kGrid * between(1, 4);
    input.normalise = coin() ? Normalise::kImage : Normalise::kFixed;
    input.mean = input.std = {.5};
    if (coin()) input.local_contrast = {2};
    if (below_(8) == 0) {  // all that every image has
      input.roi = {0, 0, 1, 1};
      input.ignored = std::make_shared<const IgnoreMask>(IgnoreMask{1, 1, {1}});
    }
    if (input.fit != Fit::kNative || coin()) return;
    input.tile = kGrid * between(2, 4);
    input.tile_overlap = kGrid;
    if (coin()) card_.coarse = CoarseLook{.shrink = between(1, 4), .bound = 0};
  }

  void make_graph() {
    const int64_t channels = network_channels(card_.input);
    const bool fixed = card_.input.fit != Fit::kNative && coin();
    const int x = graph_.add_input(
        "image", Type::kF32,
        {coin() ? 1 : Shape::kFree, channels, fixed ? card_.input.height : Shape::kFree,
         fixed ? card_.input.width : Shape::kFree});
    image_ = graph_.add_node("to_channels_last", "as_channels", {x});
    graph_.value(image_).layout = Layout::kChannelsLast;
    const int64_t places = int64_t{card_.upscale} * card_.upscale;
    graph_.outputs = {head("maps", card_.channels() * places, kStride)};
    if (card_.detector && card_.detector->weighs_regions()) add_regions();
    if (card_.detector)
      for (const int stride : card_.detector->strides) {
        const int anchors = card_.detector->anchors.per_cell();
        graph_.outputs.push_back(head("logits", anchors * card_.detector->classes, stride));
        graph_.outputs.push_back(head("deltas", anchors * 4, stride));
      }
  }

  int constant(const Shape& shape) {
    std::vector<float> values(static_cast<size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(between(-8, 8)) / 32;
    return graph_.add_constant("weights", Type::kF32, shape, std::as_bytes(std::span(values)));
  }

  // A value of every cell of `stride` pixels, straight from the image.
  int head(const char* name, int64_t outputs, int stride) {
    const double step = stride;
    const int y =
        graph_.add_node("conv2d", name,
                        {image_, constant({outputs, network_channels(card_.input), stride, stride}),
                         constant({outputs})},
                        {{"stride", {step, step}}});
    graph_.value(y).layout = Layout::kChannelsLast;
    return graph_.add_node("to_rows", std::string(name) + "_rows", {y});
  }

  void add_regions() {
    const int rois = graph_.add_node("propose_regions", "propose", {graph_.outputs[0]},
                                     {{"stride", {kStride}}, {"count", {12}}, {"min_side", {2}}});
    const int deltas = graph_.add_node("linear", "deltas", {rois, constant({4, 5})});
    const int logits =
        graph_.add_node("linear", "logits", {rois, constant({card_.detector->classes, 5})});
    const int probabilities = graph_.add_node("sigmoid", "probabilities", {logits});
    graph_.outputs.insert(graph_.outputs.end(), {rois, deltas, probabilities});
  }

  static constexpr int kStride = 4, kGrid = 8;
  Below below_;
  ModelCard card_;
  Graph graph_;
  int image_ = -1;  // channels last
};

// Loads the file as a device does and predicts some images. Nothing may crash; returns what failed
// first, with "load" or "predict" for the place.
inline std::optional<Failure> load_and_predict(const ModelFile& file, const Below& below) {
  const Bytes bytes = write_model(file);
  auto read = read_model(SharedBytes::copy_of(std::as_bytes(std::span(bytes))), "lie");
  if (!read.ok()) return Failure{"load", read.failure().message};
  auto model = Model::make(std::move(*read));
  if (!model.ok()) return Failure{"load", model.failure().message};
  auto predictor = Predictor::make(
      *model, {.threads = 1 + static_cast<int>(below(2)), .max_bytes = size_t{16} << 20});
  if (!predictor.ok()) return Failure{"load", predictor.failure().message};
  constexpr int kSizes[][2] = {{1, 1}, {7, 5}, {40, 24}, {90, 17}, {64, 64}};
  std::optional<Failure> wrong;
  for (int i = 0; i < 2; ++i) {
    const auto [width, height] = kSizes[below(std::size(kSizes))];
    Image image(width, height, below(2) ? 1 : 3);
    for (size_t p = 0; p < image.pixels.size(); ++p)
      image.pixels[p] = static_cast<uint8_t>(p * p / 7 * 31);
    const auto prediction = (*predictor)->predict(image);
    if (prediction.ok())
      (void)to_json((*predictor)->card(), *prediction).dump();
    else if (!wrong)
      wrong = Failure{"predict", prediction.failure().message};
  }
  return wrong;
}

}  // namespace paucal::edge::fuzz
