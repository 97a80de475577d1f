#pragma once
// The work of a task on images: a network, a method, batches of views.

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "train/method.h"
#include "train/work.h"

namespace paucal::train {

struct ImageWork {
  std::shared_ptr<models::ImageModel> model, average;
  std::shared_ptr<Method> method;
  int64_t steps_per_epoch = 1;                            // in updates
  std::set<std::string> pretrained;                       // see Work::pretrained
  std::function<data::Batch(int64_t number)> make_batch;  // thread-safe
  std::function<std::string(int64_t record)> name;        // may be empty, as the next
  // Of the network that it is handed, see Work::validate.
  std::function<Validation(const std::shared_ptr<models::ImageModel>& network)> validate;
};

// Without a survey. What `image` refers to must outlive the work.
Work work_of(ImageWork image);

// The image network that a Work was made with. Throws Error where it is another module.
std::shared_ptr<models::ImageModel> image_network(torch::nn::Module& module);

}  // namespace paucal::train
