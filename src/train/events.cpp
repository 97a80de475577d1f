#include "train/events.h"

#include "train/tensorboard.h"
#include "train/visualdl.h"

namespace paucal::train {

std::vector<std::unique_ptr<Events>> open_events(const std::string& which,
                                                 const std::filesystem::path& folder,
                                                 int64_t first_step) {
  std::vector<std::unique_ptr<Events>> writers;
  if (which == "tensorboard" || which == "both")
    writers.push_back(std::make_unique<TensorboardWriter>(folder, first_step));
  if (which == "visualdl" || which == "both")
    writers.push_back(std::make_unique<VisualdlWriter>(folder, first_step));
  return writers;
}

}  // namespace paucal::train
