#pragma once
// Which method, with which options. Free of torch.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/any_options.h"
#include "data/feed/semi_views.h"
#include "semi/map_options.h"

namespace paucal::semi {

std::vector<std::string> method_names();
// Of each method its name, title and the defaults of its options.
struct MethodOptions {
  std::string name, title;
  AnyOptions options;
};
std::vector<MethodOptions> default_method_options();

struct SemiOptions {
  std::string method = "none";
  int64_t labels = 0;
  int mu = 0;
  std::string pass = "joint";
  data::SemiViewOptions view;
  MapConsistencyOptions map;
  std::vector<MethodOptions> methods = default_method_options();

  bool on() const { return method != "none"; }
  const AnyOptions& of_method() const;

  template <class V>
  void visit(V& v) {
    std::vector<std::string> names = method_names();
    names.insert(names.begin(), "none");
    v(method, "method", "how unlabelled images teach; none: they don't", OneOf{std::move(names)});
    v(labels, "labels",
      "labels that training keeps, spread over the classes by train.seed, to see what few can do; "
      "0: all",
      Range{0, 1e9});
    v(mu, "mu",
      "unlabelled images for each labelled one in a batch; 0: the method's own (inspection: 1)",
      Range{0, 64});
    v(pass, "pass",
      "joint: all views go through the network together, as the papers have it; split: weak views "
      "that only teach go first, without gradient: faster, with batch statistics of their own",
      OneOf{{"joint", "split"}});
    v.group(view, "view", "what a method sees of an image");
    v.group(map, "map", "what the maps of unlabelled images teach (inspection)");
    for (MethodOptions& method : methods) v.group(method.options, method.name, method.title);
  }
};

}  // namespace paucal::semi
