#pragma once
// Lies about models: each changes one number or one part of a file that is right otherwise, so that
// the bounds of single fields let it pass. Shared by model_lies_fuzz.cpp and its test.

#include <algorithm>
#include <cmath>
#include <string>

#include "edge/format/fuzz_json.h"
#include "edge/format/model_file.h"

namespace paucal::edge::fuzz {

inline double other_number(double truth, const Below& below) {
  constexpr double kNumbers[] = {0,   1,    2,    3,   4,   5,   7,  8,   16, 31,    33,   50,   64,
                                 100, 1000, 4096, 1e4, 1e5, 1e6, -1, -30, .5, 1e-30, 1e30, -1e30};
  switch (below(6)) {
    case 0:
      return truth + 1;
    case 1:
      return truth - 1;
    case 2:
      return truth * 2;
    default:
      return kNumbers[below(std::size(kNumbers))];
  }
}

inline std::string word(const Below& below) {
  constexpr const char* kWords[] = {"inspection", "classification", "native", "letterbox",
                                    "squash",     "image",          "fixed",  "mean",
                                    "class0",     "class1"};
  return kWords[below(std::size(kWords))];
}

inline void change_card(Json& card, const Below& below) {
  change_json(card, below,
              {[&](double truth) { return other_number(truth, below); },
               [&](const std::string&) { return word(below); }});
}

inline void change_node(Graph& graph, const Below& below) {
  Node& node = graph.nodes[below(graph.nodes.size())];
  if (node.attributes.empty()) {
    node.inputs[0] = static_cast<int>(below(graph.values.size()));
    return;
  }
  auto attribute = node.attributes.begin();
  std::advance(attribute, static_cast<std::ptrdiff_t>(below(node.attributes.size())));
  double& number = attribute->second[below(attribute->second.size())];
  number = other_number(number, below);
  if (attribute->first == "count") number = std::min(number, 300.);  // more only takes time
}

// Other weights, or another number of them.
inline void change_constant(Graph& graph, const Below& below) {
  constexpr float kNumbers[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e20f, 1e-40f, 0};
  std::vector<int> ids;
  for (size_t id = 0; id < graph.values.size(); ++id)
    if (graph.values[id].is_constant()) ids.push_back(static_cast<int>(id));
  const int id = ids[below(ids.size())];
  const std::span<const float> old = graph.floats(id);
  std::vector<float> values(old.begin(), old.end());
  Shape shape = graph.value(id).shape;
  if (below(3) != 0) {
    values[below(values.size())] = kNumbers[below(std::size(kNumbers))];
  } else {
    int64_t& side = shape[static_cast<int>(below(static_cast<size_t>(shape.rank())))];
    side = below(2) ? side + 1 : std::max<int64_t>(1, side - 1);
    values.resize(static_cast<size_t>(shape.elements()), .25f);
  }
  const int added =
      graph.add_constant("lie", Type::kF32, shape, std::as_bytes(std::span<const float>(values)));
  std::swap(graph.value(id), graph.value(added));
}

inline void change_ends(Graph& graph, const Below& below) {
  const size_t at = below(graph.outputs.size());
  switch (below(5)) {
    case 0:
      graph.outputs.erase(graph.outputs.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      graph.outputs.push_back(graph.outputs[at]);
      break;
    case 2:
      std::swap(graph.outputs[0], graph.outputs[at]);
      break;
    case 3:
      graph.outputs[at] = static_cast<int>(below(graph.values.size()));
      break;
    default: {
      Shape& shape = graph.value(graph.inputs[0]).shape;
      shape[static_cast<int>(below(4))] = static_cast<int64_t>(below(40)) - 1;
    }
  }
}

// What the file of a consistent model says after one lie.
inline ModelFile lied(ModelFile file, const Below& below) {
  const size_t kind = below(8);
  if (kind < 4)
    change_card(file.card, below);
  else if (kind < 6)
    change_node(file.graph, below);
  else if (kind == 6)
    change_constant(file.graph, below);
  else
    change_ends(file.graph, below);
  return file;
}

}  // namespace paucal::edge::fuzz
