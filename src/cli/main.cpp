#include "base/log.h"
#include "pipeline/run.h"
#include "train/runtime.h"
int main(int argc, char** argv) {
  paucal::log::init("info");
  try {
    paucal::pipeline::RunState run;
    std::vector<std::string> kv(argv + 3, argv + argc);
    run.recipe = paucal::pipeline::load_recipe(argv[1], kv);
    run.folder = argv[2];
    paucal::train::init_runtime(run.recipe.train.threads);
    paucal::pipeline::run_stages(run, "calibrate");
  } catch (const std::exception& e) { paucal::log::error("{}", e.what()); return 1; }
}
