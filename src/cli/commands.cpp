#include "cli/commands.h"

namespace paucal::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"synth", "make a synthetic data set with truth", declare_synth},
      {"data", "look at a data set", declare_data},
      {"run", "the whole line: train, locate, evaluate, report", declare_run},
      {"train", "train the network (first half of run)", declare_train},
      {"semi", "methods that learn from unlabelled images too", declare_semi},
      {"locate", "calibrate, then score and locate every image of a run", declare_locate},
      {"boxes", "boxes of a run against true ones, and for annotation tools", declare_boxes},
      {"eval", "figures of a run on its test images", declare_eval},
      {"report", "write report.html and report.json of a run", declare_report},
      {"export", "write a run's model as one file for the edge", declare_export},
      {"graph", "what is in a model file, node by node", declare_graph},
      {"verify", "does a model file say what its run says, image by image?", declare_verify},
      {"predict", "verdict, boxes and heat maps of images", declare_predict},
  };
  return table;
}

}  // namespace paucal::cli
