#include "edge/post/boxes.h"

namespace paucal::edge {
namespace {

// Labels that may turn out to be one component. The root of a set is its smallest label, that is
// the one met first.
class DisjointSets {
 public:
  int add() {
    parent_.push_back(static_cast<int>(parent_.size()));
    return parent_.back();
  }
  int root(int label) {
    while (parent_[label] != label) label = parent_[label] = parent_[parent_[label]];
    return label;
  }
  int join(int a, int b) {
    a = root(a);
    b = root(b);
    return parent_[std::max(a, b)] = std::min(a, b);
  }
  int size() const { return static_cast<int>(parent_.size()); }

 private:
  std::vector<int> parent_;
};

constexpr int kNone = -1;
constexpr double kWidestGap = 1 << 20;  // of a join, so that no sum overflows

bool comes_first(const Component& a, const Component& b) {
  if (a.peak != b.peak) return a.peak > b.peak;
  return a.peak_y != b.peak_y ? a.peak_y < b.peak_y : a.peak_x < b.peak_x;
}

// `mean` holds the sum until all is counted.
void add_pixel(Component& component, int x, int y, float value) {
  const Box pixel{static_cast<float>(x), static_cast<float>(y), static_cast<float>(x + 1),
                  static_cast<float>(y + 1)};
  Box& box = component.box;
  box = component.area == 0 ? pixel
                            : Box{std::min(box.x0, pixel.x0), std::min(box.y0, pixel.y0),
                                  std::max(box.x1, pixel.x1), std::max(box.y1, pixel.y1)};
  if (component.area == 0 || value > component.peak) {
    component.peak = value;
    component.peak_x = x;
    component.peak_y = y;
  }
  component.area += 1;
  component.mean += value;
}

void merge_into(Component& whole, const Component& part) {
  const Box& a = whole.box;
  const Box& b = part.box;
  whole.box = {std::min(a.x0, b.x0), std::min(a.y0, b.y0), std::max(a.x1, b.x1),
               std::max(a.y1, b.y1)};
  whole.area += part.area;
  whole.mean += part.mean;
  if (comes_first(part, whole)) {
    whole.peak = part.peak;
    whole.peak_x = part.peak_x;
    whole.peak_y = part.peak_y;
  }
}

// One pass over the map; each label gathers its own statistics, merged at the end. `labels`, where
// given, becomes the label of each pixel.
class Labeller {
 public:
  Labeller(const Map& map, float low, std::vector<int>* labels = nullptr)
      : map_(map),
        low_(low),
        labels_(labels),
        above_(map.width + 2, kNone),
        current_(map.width + 2, kNone) {
    if (labels) labels->assign(map.values.size(), kNone);
  }

  std::vector<Component> run() {
    for (int y = 0; y < map_.height; ++y) scan_row(y);
    for (int label = sets_.size() - 1; label >= 0; --label) {
      const int root = sets_.root(label);
      if (root != label) merge_into(parts_[root], parts_[label]);
    }
    std::vector<Component> roots;
    for (int label = 0; label < sets_.size(); ++label)
      if (sets_.root(label) == label) roots.push_back(parts_[label]);
    return roots;
  }
  int root(int label) { return sets_.root(label); }
  int size() const { return sets_.size(); }  // labels

 private:
  // Labels of a row are kept shifted by one, with a border, so that x - 1 and x + 1 exist.
  void scan_row(int y) {
    std::swap(above_, current_);
    for (int x = 0; x < map_.width; ++x) {
      const float value = map_.at(x, y);
      int& label = current_[x + 1];
      label = kNone;
      if (!(value >= low_)) continue;  // also NaN
      for (const int neighbour : {current_[x], above_[x], above_[x + 1], above_[x + 2]})
        if (neighbour != kNone && neighbour != label)  // mostly they are equal
          label = label == kNone ? neighbour : sets_.join(label, neighbour);
      if (label == kNone) {
        label = sets_.add();
        parts_.emplace_back();
      }
      add_pixel(parts_[label], x, y, value);
      if (labels_) (*labels_)[static_cast<size_t>(y) * map_.width + x] = label;
    }
  }

  const Map& map_;
  float low_;
  std::vector<int>* labels_;
  std::vector<int> above_, current_;
  DisjointSets sets_;
  std::vector<Component> parts_;
};

}  // namespace

std::vector<Component> find_components(const Map& map, float high, float low) {
  std::vector<Component> components = Labeller(map, std::min(low, high)).run();
  std::erase_if(components, [high](const Component& c) { return c.peak < high; });
  for (Component& c : components) c.mean /= c.area;
  std::sort(components.begin(), components.end(), comes_first);
  return components;
}

namespace {

// Ones of a row or column of `count` values, `step` apart, widened by half of the gap on each side:
// two of them with at most `gap` values between meet.
void widen(const float* from, float* to, int count, ptrdiff_t step, int gap) {
  const int forward = gap / 2, back = gap - forward;
  int last = -forward - 1;
  for (int i = 0; i < count; ++i) {
    if (from[i * step] > 0) last = i;
    to[i * step] = i - last <= forward ? 1.f : 0.f;
  }
  int next = count + back;
  for (int i = count - 1; i >= 0; --i) {
    if (from[i * step] > 0) next = i;
    if (next - i <= back) to[i * step] = 1.f;
  }
}

// A gap in a scratch is not the end of it. Components with at most `gap` pixels between them,
// each way, are one. Best first, as find_components() has them.
std::vector<Component> joined(const std::vector<Component>& components, const Map& map, float low,
                              int gap) {
  // Of the given components alone: others must not bridge them.
  std::vector<int> labels;
  Labeller labeller(map, low, &labels);
  labeller.run();
  const auto at = [&](int x, int y) { return static_cast<size_t>(y) * map.width + x; };
  std::vector<bool> given(static_cast<size_t>(labeller.size()), false);
  for (const Component& c : components)
    given[static_cast<size_t>(labeller.root(labels[at(c.peak_x, c.peak_y)]))] = true;
  Map near(map.width, map.height), rows(map.width, map.height);
  for (size_t i = 0; i < labels.size(); ++i)
    near.values[i] =
        labels[i] != kNone && given[static_cast<size_t>(labeller.root(labels[i]))] ? 1.f : 0.f;
  for (int y = 0; y < map.height; ++y)
    widen(near.values.data() + at(0, y), rows.values.data() + at(0, y), map.width, 1, gap);
  for (int x = 0; x < map.width; ++x)
    widen(rows.values.data() + x, near.values.data() + x, map.height, map.width, gap);

  Labeller wide(near, .5f, &labels);
  wide.run();
  std::vector<Component> whole;
  std::vector<int> place(static_cast<size_t>(wide.size()), kNone);  // in `whole`, by label
  for (const Component& part : components) {
    int& index = place[static_cast<size_t>(wide.root(labels[at(part.peak_x, part.peak_y)]))];
    if (index == kNone) {
      index = static_cast<int>(whole.size());
      whole.push_back(part);
      continue;
    }
    Component& into = whole[static_cast<size_t>(index)];
    const double area = into.area + part.area;
    into.mean = (into.mean * into.area + part.mean * part.area) / area;
    into.area = area;
    into.box = {std::min(into.box.x0, part.box.x0), std::min(into.box.y0, part.box.y0),
                std::max(into.box.x1, part.box.x1), std::max(into.box.y1, part.box.y1)};
  }
  return whole;
}

}  // namespace

std::vector<ScoredBox> boxes_from_map(const Map& map, const Geometry& map_to_original,
                                      const BoxOptions& options, float probability) {
  std::vector<ScoredBox> boxes;
  const double pixel_area = map_to_original.area_scale();
  std::vector<Component> components =
      find_components(map, static_cast<float>(options.high), static_cast<float>(options.low));
  if (options.join >= 1 && components.size() > 1)
    components = joined(components, map, static_cast<float>(std::min(options.low, options.high)),
                        static_cast<int>(std::min(options.join, kWidestGap)));
  for (const Component& component : components) {
    if (component.area * pixel_area < options.min_area) continue;
    const Box box = map_to_original.to_original(component.box);
    if (box.area() <= 0) continue;  // it lies in the padding
    boxes.push_back({box, probability * static_cast<float>(component.mean), 0});
  }
  std::stable_sort(boxes.begin(), boxes.end(),
                   [](const ScoredBox& a, const ScoredBox& b) { return a.score > b.score; });
  if (boxes.size() > static_cast<size_t>(std::max(0, options.max_boxes)))
    boxes.resize(std::max(0, options.max_boxes));
  return boxes;
}

}  // namespace paucal::edge
