// POST of images: the protocol's infer, and predict for one file.

#include <algorithm>

#include "base/base64.h"
#include "edge/pre/encode.h"
#include "serve/call.h"
#include "serve/infer_response.h"

namespace paucal::serve {
namespace {

Job job_of(const Call& call, std::vector<Input> inputs, Asked asked) {
  Job job;
  job.model = call.model;
  job.version = call.version;
  job.inputs = std::move(inputs);
  job.facts = std::move(asked.facts);
  job.wait = asked.wait;
  job.client = call.request.principal.empty() ? call.request.peer : call.request.principal;
  job.cancelled = [reply = call.reply] { return reply.gone(); };
  return job;
}

// Answers with respond(done), on a thread that lets nothing out.
template <class Respond>
void submit(Call& call, Job job, Respond respond) {
  call.engine.submit(
      std::move(job), [reply = call.reply, respond = std::move(respond)](Answer<Done> answer) {
        if (const auto* refused = std::get_if<Refused>(&answer)) return reply(*refused);
        http::Response response;
        try {
          response = respond(std::get<Done>(answer));
        } catch (const std::exception&) {  // memory, say
          response = response_of(problem(500, "infer", "the answer could not be written"));
        }
        reply(std::move(response));
      });
}

// White is 1, over the whole image.
std::optional<std::string> heat_png(const edge::Prediction& prediction) {
  const edge::Map heat = edge::heat_at_original(prediction);
  edge::Image grey(heat.width, heat.height, 1);
  for (std::size_t i = 0; i < heat.values.size(); ++i)
    grey.pixels[i] = static_cast<std::uint8_t>(std::clamp(heat.values[i], 0.f, 1.f) * 255 + .5f);
  const auto png = edge::encode_png(grey);
  return png.ok() ? std::optional(to_base64(*png)) : std::nullopt;
}

http::Response predict_response(const Done& done, bool heat) {
  std::string line = done.images.front().json;
  if (heat && line.ends_with('}')) {
    const auto png = heat_png(done.images.front().prediction);
    if (!png) return response_of(problem(500, "predict", "the heat map could not be encoded"));
    line.pop_back();
    line += ",\"heat_png\":\"" + *png + "\"}";
  }
  return json_response(200, line + "\n");
}

}  // namespace

void answer_infer(Call call) {
  const auto model = call.engine.model(call.model, call.version);
  if (const auto* refused = std::get_if<Refused>(&model)) return call.reply(*refused);
  const auto& served = std::get<std::shared_ptr<const ServedModel>>(model);
  auto read = read_infer_request(
      call.request, {call.model, &served->card, static_cast<std::size_t>(call.engine.max_batch())});
  if (const auto* wrong = std::get_if<Problem>(&read)) return call.reply(*wrong);
  auto& request = std::get<InferRequest>(read);
  if (request.inputs.empty()) return call.reply(infer_response(request, Done{served, {}, {}}));
  Job job = job_of(call, std::move(request.inputs), std::move(request.asked));
  submit(call, std::move(job), [request = std::move(request)](const Done& done) {
    return infer_response(request, done);
  });
}

void answer_predict(Call call) {
  if (call.request.body.empty())
    return call.reply(problem(400, "predict", "image: 0 bytes, expected a JPEG, PNG or WebP file"));
  const std::string* heat = call.request.parameter("heat");
  if (heat && *heat != "png")
    return call.reply(problem(400, "predict", "heat '{}', expected png", heat->substr(0, 40)));
  auto asked = asked_in(call.request.query);
  if (const auto* wrong = std::get_if<Problem>(&asked)) return call.reply(*wrong);
  std::vector<Input> inputs;
  inputs.emplace_back(EncodedImage(std::move(call.request.body)));
  Job job = job_of(call, std::move(inputs), std::get<Asked>(std::move(asked)));
  submit(call, std::move(job),
         [heat = heat != nullptr](const Done& done) { return predict_response(done, heat); });
}

}  // namespace paucal::serve
