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

// One pass over the map; each label gathers its own statistics, merged at the end.
class Labeller {
 public:
  Labeller(const Map& map, float low)
      : map_(map), low_(low), above_(map.width + 2, kNone), current_(map.width + 2, kNone) {}

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
    }
  }

  const Map& map_;
  float low_;
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

// Beyond these a map is noise, and joining it would take long.
constexpr size_t kMostJoined = 300;

// A gap in a scratch is not the end of it. Best first, as find_components() has them.
std::vector<Component> joined(std::vector<Component> components, float gap) {
  const auto apart = [](const Component& a, const Component& b) {
    return std::max(
        {a.box.x0 - b.box.x1, b.box.x0 - a.box.x1, a.box.y0 - b.box.y1, b.box.y0 - a.box.y1});
  };
  for (size_t i = 0; i < std::min(components.size(), kMostJoined); ++i)
    for (size_t k = i + 1; k < std::min(components.size(), kMostJoined);) {
      Component &a = components[i], &b = components[k];
      if (apart(a, b) >= gap) {
        ++k;
        continue;
      }
      a.box = {std::min(a.box.x0, b.box.x0), std::min(a.box.y0, b.box.y0),
               std::max(a.box.x1, b.box.x1), std::max(a.box.y1, b.box.y1)};
      a.mean = (a.mean * a.area + b.mean * b.area) / (a.area + b.area);
      a.area += b.area;
      components.erase(components.begin() + static_cast<std::ptrdiff_t>(k));
      k = i + 1;  // the larger box may reach what the smaller did not
    }
  return components;
}

}  // namespace

std::vector<ScoredBox> boxes_from_map(const Map& map, const Geometry& map_to_original,
                                      const BoxOptions& options, float probability) {
  std::vector<ScoredBox> boxes;
  const double pixel_area = map_to_original.area_scale();
  std::vector<Component> components =
      find_components(map, static_cast<float>(options.high), static_cast<float>(options.low));
  if (options.join > 0)
    components = joined(std::move(components), static_cast<float>(options.join));
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
