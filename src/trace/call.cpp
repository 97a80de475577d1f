#include "trace/call.h"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/types.h>

#include <algorithm>

#include "base/error.h"

namespace paucal::trace {

namespace jit = torch::jit;

bool constant(const Seen& seen) {
  return std::ranges::adjacent_find(seen, std::not_equal_to{}) == seen.end();
}

std::string_view Call::op() const {
  std::string_view name = node().kind().toUnqualString();
  if (name.ends_with('_')) name.remove_suffix(1);
  return name;
}

namespace {

bool is_none(const jit::Value* value) {
  const auto constant = jit::toIValue(value);
  return constant &&
         (constant->isNone() || (constant->isTensor() && !constant->toTensor().defined()));
}

bool is_tensor(const jit::Value* value) {
  return !is_none(value) && value->type()->isSubtypeOf(*c10::TensorType::get());
}

constexpr size_t kNowhere = SIZE_MAX;

size_t index_of(const jit::Node& node, std::string_view argument) {
  const c10::FunctionSchema* schema = node.maybeSchema();
  if (!schema) return kNowhere;
  for (size_t i = 0; i < std::min(schema->arguments().size(), node.inputs().size()); ++i)
    if (schema->arguments()[i].name() == argument) return i;
  return kNowhere;
}

}  // namespace

bool Call::has(std::string_view argument) const {
  return index_of(node(), argument) != kNowhere;
}

size_t Call::at(std::string_view argument) const {
  const size_t i = index_of(node(), argument);
  require(i != kNowhere, fmt::format("has no argument '{}'", argument));
  return i;
}

bool Call::none(std::string_view argument) const {
  return !has(argument) || is_none(value(argument));
}

int Call::tensor(std::string_view argument) {
  return tensor_at(at(argument));
}

int Call::tensor_at(size_t i) {
  require(is_tensor(value(i)), fmt::format("argument {} is no tensor", i));
  const size_t number = t_.recordings[0].numbers.at(value(i));
  if (int id = t_.of_number[number]; id >= 0) return id;

  // A parameter, or a tensor that the module made itself without the tracer's knowledge.
  if (const auto literal = jit::toIValue(value(i))) {
    for (size_t r = 1; r < recordings(); ++r)
      require(literal->toTensor().equal(jit::toIValue(value(i, r))->toTensor()),
              fmt::format("argument {} is a tensor made outside of the trace, and differs with the "
                          "size of the input",
                          i));
    return t_.of_number[number] =
               t_.add_constant(fmt::format("constant{}", number), literal->toTensor());
  }
  require(number > 0 && number <= t_.state.tensors.size(),
          fmt::format("argument {} comes from {}, which gives no tensor of the graph", i,
                      value(i)->node()->kind().toQualString()));
  return t_.of_number[number] =
             t_.add_constant(t_.state.names[number - 1], t_.state.tensors[number - 1]);
}

int Call::tensor_or_absent(std::string_view argument) {
  return none(argument) ? edge::Node::kAbsent : tensor(argument);
}

int Call::operand(std::string_view argument) {
  return !none(argument) && is_tensor(value(argument))
             ? tensor(argument)
             : filled(static_cast<float>(number(argument)));
}

std::vector<int> Call::tensors(std::string_view argument) {
  const jit::Node* made = value(argument)->node();
  require(made->kind() == c10::prim::ListConstruct, "a list of tensors made elsewhere");
  std::vector<int> ids;
  for (const jit::Value* element : made->inputs()) {
    const int id = t_.of_number[t_.recordings[0].numbers.at(element)];
    require(id >= 0, "a list with a constant tensor");
    ids.push_back(id);
  }
  return ids;
}

double Call::number(std::string_view argument) {
  std::vector<double> seen;
  for (size_t r = 0; r < recordings(); ++r) {
    const auto constant = jit::toIValue(value(argument, r));
    require(constant && (constant->isScalar() || constant->isBool()),
            fmt::format("argument '{}' is no number that is known", argument));
    seen.push_back(constant->isBool() ? constant->toBool() : constant->toScalar().toDouble());
  }
  require(std::ranges::adjacent_find(seen, std::not_equal_to{}) == seen.end(),
          fmt::format("argument '{}' depends on the size of the input: {}", argument,
                      fmt::join(seen, ", ")));
  return seen[0];
}

int64_t Call::integer(std::string_view argument) {
  const double x = number(argument);
  // The largest int64, the usual "to the end", is no double.
  return x >= 9e18 ? INT64_MAX : static_cast<int64_t>(x);
}

std::string Call::text(std::string_view argument) {
  const auto constant = jit::toIValue(value(argument));
  require(constant && constant->isString(), fmt::format("argument '{}' is no text", argument));
  return constant->toStringRef();
}

std::vector<int64_t> Call::list(std::string_view argument, size_t recording) const {
  const jit::Value* from = value(argument, recording);
  if (const auto constant = jit::toIValue(from)) {
    if (constant->isIntList()) return constant->toIntVector();
    if (constant->isInt()) return {constant->toInt()};
  }
  require(from->node()->kind() == c10::prim::ListConstruct,
          fmt::format("argument '{}' is no list of integers", argument));
  std::vector<int64_t> numbers;
  for (const jit::Value* element : from->node()->inputs()) {
    const auto constant = jit::toIValue(element);
    require(constant && constant->isInt(),
            fmt::format("argument '{}' holds what is no known integer", argument));
    numbers.push_back(constant->toInt());
  }
  return numbers;
}

std::vector<Seen> Call::sizes(std::string_view argument) {
  std::vector<Seen> all;
  for (size_t r = 0; r < recordings(); ++r) {
    const auto numbers = list(argument, r);
    all.resize(numbers.size());
    for (size_t k = 0; k < numbers.size(); ++k) all[k].push_back(numbers[k]);
  }
  return all;
}

std::vector<double> Call::numbers(std::string_view argument) {
  if (none(argument)) return {};
  if (const auto constant = jit::toIValue(value(argument)); constant && constant->isDoubleList()) {
    return constant->toDoubleVector();
  }
  const jit::Node* made = value(argument)->node();
  if (made->kind() == c10::prim::ListConstruct && !made->inputs().empty()) {
    const auto first = jit::toIValue(made->input(0));
    if (first && first->isDouble()) {
      std::vector<double> result;
      for (const jit::Value* element : made->inputs())
        result.push_back(jit::toIValue(element)->toDouble());
      return result;
    }
  }
  std::vector<double> result;
  for (const Seen& seen : sizes(argument)) {
    require(constant(seen), fmt::format("argument '{}' depends on the size of the input: {}",
                                        argument, fmt::join(seen, ", ")));
    result.push_back(static_cast<double>(seen[0]));
  }
  return result;
}

std::vector<double> Call::pair(std::string_view argument) {
  std::vector<double> two = numbers(argument);
  if (two.size() == 1) two.push_back(two[0]);
  require(two.size() == 2,
          fmt::format("argument '{}' has {} numbers, expected 2 (height and width)", argument,
                      two.size()));
  return two;
}

int Call::axis(std::string_view argument, int rank) {
  const int64_t given = integer(argument);
  return static_cast<int>(given < 0 ? given + rank : given);
}

std::vector<Seen> Call::output_sizes() const {
  std::vector<Seen> all;
  for (size_t r = 0; r < recordings(); ++r) {
    const auto type = node(r).output(0)->type()->cast<c10::TensorType>();
    const auto sizes = type ? type->sizes().concrete_sizes() : c10::nullopt;
    require(sizes.has_value(), "gives no tensor");
    all.resize(sizes->size());
    for (size_t d = 0; d < sizes->size(); ++d) all[d].push_back((*sizes)[d]);
  }
  return all;
}

std::string Call::place() const {
  for (const jit::Value* input : node().inputs()) {
    const auto found = t_.recordings[0].numbers.find(input);
    if (found == t_.recordings[0].numbers.end()) continue;
    const int id = t_.of_number[found->second];
    if (id >= 0) return fmt::format("after '{}'", t_.graph.value(id).name);
    if (found->second > 0 && found->second <= t_.state.names.size())
      return fmt::format("on '{}'", t_.state.names[found->second - 1]);
  }
  return fmt::format("node {}", index_);
}

void Call::refuse(const std::string& why) const {
  fail("trace", "{} {}: {}", node().kind().toQualString(), place(), why);
}

}  // namespace paucal::trace
