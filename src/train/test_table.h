#pragma once
// A made-up task without any image: a table of measured values, in which a few rows are labelled.

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "train/work.h"

namespace paucal::train::test {

constexpr int64_t kColumns = 5, kRows = 240, kLabelled = 12, kHeldOut = 80;
constexpr int64_t kBatchRows = 8;  // labelled ones and, as many, unlabelled ones

// Two classes, whose means lie apart in each column.
struct Table {
  std::vector<float> cells;     // [kRows, kColumns]
  std::vector<int64_t> labels;  // [kRows]

  Table() {
    for (int64_t row = 0; row < kRows; ++row) {
      Random random(17, 1, static_cast<uint64_t>(row));
      labels.push_back(row % 2);
      for (int64_t column = 0; column < kColumns; ++column)
        cells.push_back(static_cast<float>(random.normal() + (row % 2 ? 1. : -1.)));
    }
  }
  at::Tensor rows(const std::vector<int64_t>& numbers) const {
    return torch::tensor(cells).view({kRows, kColumns}).index_select(0, torch::tensor(numbers));
  }
};

// What a loader thread makes: it can be moved, not copied.
struct TableBatch {
  std::unique_ptr<std::vector<float>> noise;  // [2, kBatchRows, kColumns] of the unlabelled views
  std::vector<int64_t> labelled, unlabelled;  // rows of the table
};

// Two layers with dropout, which draws from libtorch's generator.
struct Network : torch::nn::Module {
  Network() {
    register_module("first", first);
    register_module("second", second);
  }
  at::Tensor forward(const at::Tensor& rows) {
    return second(torch::dropout(torch::relu(first(rows)), .2, is_training()));
  }
  torch::nn::Linear first{kColumns, 16}, second{16, 2};
};

// Labels teach, and two noisy views of an unlabelled row must agree (Π-model); `prior` is a state
// of the task's own, `scale` a module that is trained along.
class TableTask : public std::enable_shared_from_this<TableTask> {
 public:
  Work work();

  Table table;
  float shift = 0;  // what the last look saw: it goes into the batches that follow
  at::Tensor prior = torch::full({2}, .5);
  torch::nn::Linear scale{2, 2};

 private:
  HostBatch make(int64_t number) const;
  Losses step(const HostBatch& batch, torch::nn::Module& model);
};

inline HostBatch TableTask::make(int64_t number) const {
  Random random(3, 2, static_cast<uint64_t>(number));
  TableBatch batch;
  std::vector<int64_t> records;
  for (int64_t i = 0; i < kBatchRows; ++i) {
    batch.labelled.push_back(random.below(kLabelled));
    batch.unlabelled.push_back(random.below(kRows - kHeldOut));
  }
  for (const auto* rows : {&batch.labelled, &batch.unlabelled})
    records.insert(records.end(), rows->begin(), rows->end());
  batch.noise = std::make_unique<std::vector<float>>();
  for (int64_t i = 0; i < 2 * kBatchRows * kColumns; ++i)
    batch.noise->push_back(shift + static_cast<float>(.3 * random.normal()));
  return {std::move(batch), std::move(records)};
}

inline Losses TableTask::step(const HostBatch& host, torch::nn::Module& model) {
  auto& network = dynamic_cast<Network&>(model);
  const auto& batch = host.as<TableBatch>();
  std::vector<int64_t> labels;
  for (const int64_t row : batch.labelled) labels.push_back(table.labels[static_cast<size_t>(row)]);
  const at::Tensor noise = torch::tensor(*batch.noise).view({2, kBatchRows, kColumns});
  const at::Tensor logits = network.forward(table.rows(batch.labelled));
  const at::Tensor rows = table.rows(batch.unlabelled);
  const at::Tensor first = torch::softmax(network.forward(rows + noise[0]), 1).detach();
  const at::Tensor second = torch::softmax(scale(network.forward(rows + noise[1])), 1);
  prior.mul_(.9).add_(first.mean(0), .1);
  const at::Tensor labelled = torch::cross_entropy_loss(logits, torch::tensor(labels));
  const at::Tensor agreement = ((first - second) * prior).square().mean();
  return {labelled + .1 * agreement, {{"agreement", agreement.detach()}}};
}

inline Metrics table_accuracy(const Table& table, torch::nn::Module& model) {
  const torch::NoGradGuard no_grad;
  std::vector<int64_t> held_out, labels;
  for (int64_t row = kRows - kHeldOut; row < kRows; ++row) {
    held_out.push_back(row);
    labels.push_back(table.labels[static_cast<size_t>(row)]);
  }
  const at::Tensor called = dynamic_cast<Network&>(model).forward(table.rows(held_out)).argmax(1);
  return {{"accuracy", (called == torch::tensor(labels)).to(at::kFloat).mean().item<double>()}};
}

inline Work TableTask::work() {
  torch::manual_seed(6);  // the same first weights for each run
  Work work;
  const auto task = shared_from_this();
  work.model = std::make_shared<Network>();
  work.average = std::make_shared<Network>();
  scale->reset_parameters();
  work.extra = scale.ptr();
  work.steps_per_epoch = 5;
  work.make = [task](int64_t number) { return task->make(number); };
  work.step = [task](const HostBatch& batch, const StepContext& context) {
    return task->step(batch, context.model);
  };
  work.validate = [task](torch::nn::Module& network) {
    return table_accuracy(task->table, network);
  };
  work.name = [](int64_t record) { return fmt::format("row {}", record); };
  work.state = [task] { return TensorMap{{"prior", task->prior}}; };
  work.load_state = [task](const TensorMap& saved) {
    copy_state("table", saved, {{"prior", task->prior}});
  };
  work.survey.count = 3;
  work.survey.look = [task](torch::nn::Module& average) {
    const torch::NoGradGuard no_grad;
    return dynamic_cast<Network&>(average).forward(task->table.rows({0})).mean();
  };
  work.survey.use = [task](const at::Tensor& seen) { task->shift = .1f * seen.item<float>(); };
  return work;
}

}  // namespace paucal::train::test
