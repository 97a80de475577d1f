// libFuzzer target: any bytes as an inference request: JSON alone, JSON and tensors, or a file. The
// first two bytes choose the header that tells where the JSON ends. Refusals have a status of the
// client's faults; what is accepted keeps the limits.
#include "serve/infer_request.h"

using namespace paucal;
using namespace paucal::serve;

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

edge::ModelCard card_for(bool classifies) {
  edge::ModelCard card;
  card.task = classifies ? edge::Task::kClassification : edge::Task::kInspection;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  card.max_pixels = 4096;
  return card;
}

void check(const InferRequest& request, const InferTarget& target) {
  require(request.inputs.size() <= target.max_batch);
  for (const Input& input : request.inputs)
    if (const auto* image = std::get_if<edge::Image>(&input)) {
      require(image->width > 0 && image->height > 0);
      const auto pixels = static_cast<std::int64_t>(image->width) * image->height;
      require(pixels <= target.card->max_pixels);
      require(image->pixels.size() == static_cast<std::size_t>(pixels * image->channels));
    }
  for (const WantedOutput& output : request.outputs)
    require(output.row && output.classes <= target.card->classes.size());
  require(!request.asked.wait || request.asked.wait->count() > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  http::Request request;
  request.method = "POST";
  request.body.assign(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t length = (data[0] & 63) << 8 | data[1];
  if (data[0] & 128)
    request.fields.push_back({std::string(kJsonLengthField), std::to_string(length)});
  const edge::ModelCard card = card_for(data[0] & 64);
  const InferTarget target{"m", &card, 4};
  const auto read = read_infer_request(request, target);
  if (const auto* wrong = std::get_if<Problem>(&read)) {
    require(wrong->status == 400 || wrong->status == 501);
    require(!response_of(*wrong).body.empty());
  } else {
    check(std::get<InferRequest>(read), target);
  }
  return 0;
}
