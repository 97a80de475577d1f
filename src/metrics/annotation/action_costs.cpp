#include "metrics/annotation/action_costs.h"

namespace paucal::metrics {

ActionCosts load_action_costs(const std::filesystem::path& file) {
  ActionCosts costs;
  options_of(costs).load_yaml(file);  // JSON is YAML
  return costs;
}

ActionCosts with_judging(ActionCosts costs, double factor) {
  for (double* seconds : {&costs.accept, &costs.reject, &costs.move_side}) *seconds *= factor;
  return costs;
}

Actions& Actions::operator+=(const Actions& more) {
  open += more.open, accept += more.accept, reject += more.reject;
  move_side += more.move_side, draw += more.draw, nothing += more.nothing;
  return *this;
}

double Actions::seconds(const ActionCosts& costs) const {
  const auto of = [](int64_t count, double each) { return static_cast<double>(count) * each; };
  return of(open, costs.open) + of(accept, costs.accept) + of(reject, costs.reject) +
         of(move_side, costs.move_side) + of(draw, costs.draw) + of(nothing, costs.nothing);
}

Json to_json(const Actions& actions) {
  return {{"open", actions.open},     {"accept", actions.accept},
          {"reject", actions.reject}, {"move_side", actions.move_side},
          {"draw", actions.draw},     {"nothing", actions.nothing}};
}

Actions actions_from_json(const Json& json) {
  Actions actions;
  json.at("open").get_to(actions.open);
  json.at("accept").get_to(actions.accept);
  json.at("reject").get_to(actions.reject);
  json.at("move_side").get_to(actions.move_side);
  json.at("draw").get_to(actions.draw);
  json.at("nothing").get_to(actions.nothing);
  return actions;
}

}  // namespace paucal::metrics
