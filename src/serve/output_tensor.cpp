#include "serve/output_tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/json_text.h"

namespace paucal::serve {
namespace {

std::int64_t count_of(const auto& range) {
  return static_cast<std::int64_t>(range.size());
}

// What `predict` calls class or defect class; an image without one is OK.
std::string label_text(const edge::ModelCard& card, const edge::Prediction& prediction) {
  if (card.task == edge::Task::kInspection && !prediction.ng) return "OK";
  if (prediction.label >= 0 && prediction.label < count_of(card.classes))
    return card.classes[static_cast<std::size_t>(prediction.label)];
  // The only kind of defect.
  for (std::size_t i = 0; i < card.classes.size() && i < card.class_is_ok.size(); ++i)
    if (!card.class_is_ok[i]) return card.classes[i];
  return "NG";
}

// The best classes as "value:index:name" (classification extension).
void add_best(std::vector<std::string>& texts, const edge::ModelCard& card,
              const std::vector<double>& probabilities, std::size_t classes) {
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order,
                           [&](auto a, auto b) { return probabilities[a] > probabilities[b]; });
  order.resize(std::min(classes, order.size()));
  for (const std::size_t i : order)
    texts.push_back(fmt::format("{}:{}:{}", static_cast<float>(probabilities[i]), i,
                                i < card.classes.size() ? card.classes[i] : ""));
}

template <class T>
std::vector<T> one_each(const Done& done, auto value) {
  std::vector<T> values;
  for (const Predicted& image : done.images) values.push_back(static_cast<T>(value(image)));
  return values;
}

// [N, K, width]: `put` writes the values of one box.
template <class T>
void put_boxes(Tensor& tensor, const Done& done, std::size_t width, auto put) {
  std::size_t most = 0;
  for (const Predicted& image : done.images) most = std::max(most, image.prediction.boxes.size());
  std::vector<T> values(done.images.size() * most * width);
  for (std::size_t i = 0; i < done.images.size(); ++i)
    for (std::size_t k = 0; k < done.images[i].prediction.boxes.size(); ++k)
      put(done.images[i].prediction.boxes[k], values.data() + (i * most + k) * width);
  tensor.shape.push_back(static_cast<std::int64_t>(most));
  if (width > 1) tensor.shape.push_back(static_cast<std::int64_t>(width));
  tensor.values = std::move(values);
}

std::optional<Problem> put_heat(Tensor& tensor, const Done& done) {
  std::vector<float> values;
  const edge::Map none;
  const edge::Map& first = done.images.empty() ? none : done.images.front().prediction.heat;
  for (const Predicted& image : done.images) {
    const edge::Map& heat = image.prediction.heat;
    if (heat.width != first.width || heat.height != first.height)
      return problem(400, "infer",
                     "output 'heat': maps of {} x {} and {} x {}, expected images of one size",
                     first.width, first.height, heat.width, heat.height);
    values.insert(values.end(), heat.values.begin(), heat.values.end());
  }
  tensor.shape.insert(tensor.shape.end(), {first.height, first.width});
  tensor.values = std::move(values);
  return std::nullopt;
}

void put_probabilities(Tensor& tensor, const Done& done, std::size_t classes) {
  const edge::ModelCard& card = done.served->card;
  if (classes > 0) {
    std::vector<std::string> best;
    for (const Predicted& image : done.images)
      add_best(best, card, image.prediction.class_probabilities, classes);
    tensor.datatype = "BYTES";
    tensor.shape.push_back(static_cast<std::int64_t>(std::min(classes, card.classes.size())));
    tensor.values = std::move(best);
    return;
  }
  std::vector<float> values;
  for (const Predicted& image : done.images)
    for (const double p : image.prediction.class_probabilities)
      values.push_back(static_cast<float>(p));
  tensor.shape.push_back(count_of(card.classes));
  tensor.values = std::move(values);
}

template <class T>
void append_little_endian(std::string& out, const T& value) {
  static_assert(std::endian::native == std::endian::little);
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

}  // namespace

Checked<Tensor> output_tensor(const WantedOutput& wanted, const Done& done) {
  const edge::ModelCard& card = done.served->card;
  Tensor tensor{wanted.row->name, wanted.row->datatype, {count_of(done.images)}, {}};
  switch (wanted.row->kind) {
    case OutputKind::kNg:
      tensor.values = one_each<std::uint8_t>(done, [](auto& image) { return image.prediction.ng; });
      break;
    case OutputKind::kProbability:
      tensor.values =
          one_each<float>(done, [](auto& image) { return image.prediction.probability; });
      break;
    case OutputKind::kLabel:
      tensor.values = one_each<std::string>(
          done, [&](auto& image) { return label_text(card, image.prediction); });
      break;
    case OutputKind::kProbabilities:
      put_probabilities(tensor, done, wanted.classes);
      break;
    case OutputKind::kNumBoxes:
      tensor.values =
          one_each<std::int32_t>(done, [](auto& image) { return image.prediction.boxes.size(); });
      break;
    case OutputKind::kBoxes:
      put_boxes<float>(tensor, done, 4, [](const edge::ScoredBox& from, float* to) {
        const edge::Box& box = from.box;
        for (const float side : {box.x0, box.y0, box.x1, box.y1}) *to++ = side;
      });
      break;
    case OutputKind::kScores:
      put_boxes<float>(tensor, done, 1,
                       [](const edge::ScoredBox& from, float* to) { *to = from.score; });
      break;
    case OutputKind::kBoxLabels:
      put_boxes<std::int32_t>(
          tensor, done, 1, [](const edge::ScoredBox& from, std::int32_t* to) { *to = from.label; });
      break;
    case OutputKind::kJson:
      tensor.values = one_each<std::string>(done, [](auto& image) { return image.json; });
      break;
    case OutputKind::kHeat:
      if (auto wrong = put_heat(tensor, done)) return std::move(*wrong);
      break;
  }
  return tensor;
}

std::string json_values(const Tensor& tensor) {
  std::string text = "[";
  const auto add = [&](const auto& values, auto write) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text += ',';
      write(values[i]);
    }
  };
  if (const auto* truths = std::get_if<std::vector<std::uint8_t>>(&tensor.values))
    add(*truths, [&](std::uint8_t truth) { text += truth ? "true" : "false"; });
  else if (const auto* floats = std::get_if<std::vector<float>>(&tensor.values))
    add(*floats,
        [&](float value) { text += std::isfinite(value) ? fmt::format("{}", value) : "null"; });
  else if (const auto* integers = std::get_if<std::vector<std::int32_t>>(&tensor.values))
    add(*integers, [&](std::int32_t value) { text += std::to_string(value); });
  else
    add(std::get<std::vector<std::string>>(tensor.values),
        [&](const std::string& value) { text += dump_json(value); });
  return text + "]";
}

std::string binary_values(const Tensor& tensor) {
  std::string bytes;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&tensor.values)) {
    for (const std::string& text : *texts) {
      append_little_endian(bytes, static_cast<std::uint32_t>(text.size()));
      bytes += text;
    }
    return bytes;
  }
  std::visit(
      [&](const auto& values) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(values)>, std::vector<std::string>>)
          for (const auto value : values) append_little_endian(bytes, value);
      },
      tensor.values);
  return bytes;
}

}  // namespace paucal::serve
