// bench: how fast a model is on this machine.

#include <memory>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/utf8_path.h"
#include "command/output.h"
#include "command/size.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"
#include "edge/runtime/predictor.h"
#include "edge_cli/commands.h"
#include "edge_cli/measure.h"
#include "edge_cli/model_input.h"
#include "edge_cli/op_times.h"

namespace paucal::edge_cli {
namespace {

struct Arguments {
  std::string model;
  int threads = 1;
  int batch = 1;
  std::string size;
  int rounds = 50;
  std::string image;
  bool ops = false;
  bool json = false;
};

// --size, or what the network sees of --image; {0, 0} for neither.
std::array<int, 2> network_size(const Arguments& arguments, const edge::ModelCard& card) {
  if (!arguments.size.empty()) return command::parse_size(arguments.size);
  if (arguments.image.empty()) return {0, 0};
  auto image = value_or_throw(edge::read_image(utf8_path(arguments.image), card.decoding()));
  return edge::canvas_size(value_or_throw(edge::checked_fit(std::move(image), card.input)).image,
                           card.input);
}

// A picture with edges and noise, so that it costs a decoder what a photograph does.
Bytes made_up_jpeg(int width, int height) {
  edge::Image image(width, height, 3);
  Random random(1);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.at(x, y, c) =
            static_cast<uint8_t>((x * (c + 1) / 8 + y / 4) % 200 + random.below(16));
  return value_or_throw(edge::encode_jpeg(image));
}

// Memory for the network's inputs, filled with noise, and the tensors that point at it.
struct NetworkInputs {
  std::vector<std::vector<float>> memory;
  std::vector<edge::Tensor> tensors;

  NetworkInputs(const edge::Model& model, const std::vector<edge::Shape>& shapes) {
    Random random(2);
    for (size_t i = 0; i < shapes.size(); ++i) {
      const auto& value = model.graph().value(model.graph().inputs[i]);
      const int64_t elements = shapes[i].elements();
      if (elements < 0) fail("bench", "an input of {}: too large", shapes[i].text());
      auto& values = memory.emplace_back(static_cast<size_t>(elements));
      for (float& x : values) x = static_cast<float>(random.uniform(-2, 2));
      tensors.push_back({value.type, value.layout, shapes[i], values.data()});
    }
  }
};

Json percentiles(const std::vector<double>& times, int images) {
  const double sum = std::accumulate(times.begin(), times.end(), 0.);
  return {{"p50_ms", percentile(times, 0.5) * 1e3},
          {"p90_ms", percentile(times, 0.9) * 1e3},
          {"p99_ms", percentile(times, 0.99) * 1e3},
          {"images_per_second", static_cast<double>(times.size()) * images / sum}};
}

template <class T>
void must(const Result<T>& result) {
  if (!result.ok()) throw Error(result.failure().place, result.failure().message);
}

Json measure(const Arguments& arguments) {
  const auto predictor = value_or_throw(
      edge::Predictor::open(utf8_path(arguments.model), {.threads = arguments.threads}));
  edge::Session& session = predictor->session();
  const auto& card = predictor->card();
  const auto shapes =
      input_shapes(session.model(), card, arguments.batch, network_size(arguments, card));
  NetworkInputs inputs(session.model(), shapes);
  must(session.run(inputs.tensors));

  Json report = {{"model", arguments.model},
                 {"threads", arguments.threads},
                 {"isa", edge::name_of(edge::best_isa())},
                 {"input", shapes[0].text()},
                 {"rounds", arguments.rounds}};
  const auto network = time_rounds(arguments.rounds, [&] { must(session.run(inputs.tensors)); });
  report["network"] = percentiles(network, arguments.batch);
  const auto flops = node_flops(session);
  const double gflop = std::accumulate(flops.begin(), flops.end(), 0.) / 1e9;
  const double gflops = gflop / percentile(network, 0.5),
               peak = peak_flops(arguments.threads) / 1e9;
  report["gflop"] = gflop;
  report["gflops"] = gflops;
  report["peak_gflops"] = peak;
  report["share_of_peak"] = peak > 0 ? gflops / peak : 0;
  report["arena_bytes"] = session.arena_bytes();
  if (arguments.ops) report["ops"] = time_ops(session, inputs.tensors, arguments.rounds);

  // One image, as it comes from a camera, and as it comes from a file.
  const int width = static_cast<int>(shapes[0][3]), height = static_cast<int>(shapes[0][2]);
  const Bytes file = arguments.image.empty()
                         ? made_up_jpeg(width, height)
                         : value_or_throw(read_file(utf8_path(arguments.image)));
  const auto decode = [&] { return value_or_throw(edge::decode_image(file, card.decoding())); };
  const edge::Image image = decode();
  report["image"] = fmt::format("{} x {}", image.width, image.height);
  report["with_pre_and_post"] =
      percentiles(time_rounds(arguments.rounds, [&] { must(predictor->predict(image)); }), 1);
  report["with_decode"] =
      percentiles(time_rounds(arguments.rounds, [&] { must(predictor->predict(decode())); }), 1);
  report["peak_memory_bytes"] = peak_memory();
  return report;
}

std::string text_of(const Json& report) {
  std::string text =
      fmt::format("{}: {}, {} thread(s), {}\n{:<32} {:>9} {:>9} {:>9} {:>10}\n",
                  report["model"].get<std::string>(), report["input"].get<std::string>(),
                  report["threads"].get<int>(), report["isa"].get<std::string>(), "ms", "p50",
                  "p90", "p99", "images/s");
  const auto row = [&](const std::string& name, const Json& times) {
    text += fmt::format("{:<32} {:9.3f} {:9.3f} {:9.3f} {:10.1f}\n", name,
                        times["p50_ms"].get<double>(), times["p90_ms"].get<double>(),
                        times["p99_ms"].get<double>(), times["images_per_second"].get<double>());
  };
  const std::string image = report["image"];
  row("network alone", report["network"]);
  row("pre, network, post, " + image, report["with_pre_and_post"]);
  row("decode and all that", report["with_decode"]);
  text += fmt::format(
      "{:.3f} GFLOP by definition, {:.1f} GFLOP/s: {:.0f} % of the {:.1f} that the processor "
      "reaches\n"
      "(beyond 100 % where Winograd's products spare multiplications)\n"
      "memory: {:.1f} MB of activations, {:.1f} MB of the process at most\n",
      report["gflop"].get<double>(), report["gflops"].get<double>(),
      report["share_of_peak"].get<double>() * 100, report["peak_gflops"].get<double>(),
      report["arena_bytes"].get<double>() / 1e6, report["peak_memory_bytes"].get<double>() / 1e6);
  if (report.contains("ops")) text += "\n" + op_table(report["ops"]);
  return text;
}

}  // namespace

void declare_bench(CLI::App& app, int&) {
  const auto arguments = std::make_shared<Arguments>();
  app.add_option("model", arguments->model, "model file")->required();
  const auto number = [&](const char* name, int& target, int high, const char* help) {
    app.add_option(name, target, help)->check(CLI::Range(1, high))->capture_default_str();
  };
  number("--threads", arguments->threads, 256, "threads of the network");
  number("--batch", arguments->batch, 1024, "images a run of the network alone");
  number("--rounds", arguments->rounds, 1'000'000, "runs that are timed");
  app.add_option("--size", arguments->size,
                 "WIDTHxHEIGHT; default: that of --image, or the largest");
  app.add_option("--image", arguments->image, "image file to decode; default: a made-up JPEG");
  app.add_flag("--ops", arguments->ops, "the time of each node");
  app.add_flag("--json", arguments->json, "JSON instead of text");
  app.callback([arguments] {
    const Json report = measure(*arguments);
    command::print((arguments->json ? report.dump(2) : text_of(report)) + "\n");
  });
}

}  // namespace paucal::edge_cli
