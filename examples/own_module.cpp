// A network of one's own: trained, traced, saved as a model file and run at the edge.
//   example_own_module MODEL.paucal

#include <torch/torch.h>

#include <cstdio>

#include "base/error.h"
#include "base/files.h"
#include "edge/format/model_file.h"
#include "edge/runtime/predictor.h"
#include "graph/passes.h"
#include "trace/trace.h"

namespace {

using namespace paucal;

// [N, 1, H, W] in 0 … 1 → the logit of a defect at each place, [N, 1, H, W].
struct SpotFinder : torch::nn::Module {
  torch::nn::Conv2d first, second, head;

  SpotFinder()
      : first(register_module("first", convolution(1, 8, 3))),
        second(register_module("second", convolution(8, 8, 3))),
        head(register_module("head", convolution(8, 1, 1))) {}

  static torch::nn::Conv2d convolution(int64_t in, int64_t out, int64_t side) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, side).padding(side / 2));
  }
  at::Tensor forward(const at::Tensor& x) { return head(second(first(x).relu()).relu()); }
};

// Noise, half of the images with a bright square. [N, 1, 32, 32], and where the square is.
std::pair<at::Tensor, at::Tensor> make_batch(int64_t images) {
  at::Tensor x = .5 * at::rand({images, 1, 32, 32}), truth = at::zeros_like(x);
  for (int64_t i = 0; i < images; i += 2) {
    const int64_t top = at::randint(2, 24, {1}).item<int64_t>();
    truth[i][0].slice(0, top, top + 6).slice(1, 30 - top, 36 - top).fill_(1);
  }
  return {at::maximum(x, .9 * truth), truth};
}

void teach(SpotFinder& network) {
  const at::Tensor weight_of_a_defect = at::full({1}, 20.);  // few places are one
  torch::optim::Adam optimiser(network.parameters(), torch::optim::AdamOptions(.01));
  for (int step = 0; step < 200; ++step) {
    const auto [x, truth] = make_batch(8);
    optimiser.zero_grad();
    at::binary_cross_entropy_with_logits(network.forward(x), truth, {}, weight_of_a_defect)
        .backward();
    optimiser.step();
  }
  network.eval();
}

// What the numbers mean: input in 0 … 1, NG where some place is likelier a defect than not.
edge::ModelCard card_of() {
  edge::ModelCard card;
  card.classes = {"OK", "spot"};
  card.class_is_ok = {true, false};
  card.input.channels = 1;
  card.input.normalise = paucal::edge::Normalise::kFixed;
  card.input.mean = {0};
  card.input.std = {1};
  card.top = .003;  // share of the map that makes the image's score
  return card;
}

void save(SpotFinder& network, const char* path) {
  const auto forward = [&](const at::Tensor& x) { return network.forward(x); };
  edge::ModelFile model{trace::trace(network, forward, at::rand({1, 1, 32, 32})),
                        edge::to_json(card_of())};
  graph::run_passes(model.graph);
  write_file_atomic(path, edge::write_model(model));
}

// True where the verdicts on an image with a square and on one without are right.
bool try_at_the_edge(const char* path) {
  const auto predictor = value_or_throw(edge::Predictor::open(path));
  const auto verdict = [&](bool square) {
    edge::Image image(64, 48, 1);
    for (int y = 0; y < 48; ++y)
      for (int x = 0; x < 64; ++x)
        image.at(x, y) = square && x >= 20 && x < 26 && y >= 10 && y < 16
                             ? 230
                             : static_cast<uint8_t>((x * 37 + y * 59) % 128);
    const auto prediction = value_or_throw(predictor->predict(image));
    std::printf("%s: %s, probability of NG %.3f\n", square ? "with a square" : "without",
                prediction.ng ? "NG" : "OK", prediction.probability);
    return prediction.ng;
  };
  const bool with = verdict(true), without = verdict(false);
  return with && !without;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: %s MODEL.paucal\n", argv[0]), 2;
  try {
    torch::manual_seed(1);
    SpotFinder network;
    teach(network);
    save(network, argv[1]);
    return try_at_the_edge(argv[1]) ? 0 : 1;
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
}
