#pragma once
// A line's parts, from its options: models loaded, files opened, threads running.

#include <memory>
#include <vector>

#include "line/controller.h"
#include "line/folder_watch.h"
#include "line/load_recipes.h"
#include "line/options.h"
#include "line/publisher.h"
#include "line/results_file.h"

namespace paucal::line {

struct Parts {
  LineOptions options;
  std::unique_ptr<Wake> wake;
  LoadedRecipes recipes;
  std::unique_ptr<ResultsFile> results;
  std::vector<std::unique_ptr<Publisher>> publishers;
  std::unique_ptr<Controller> controller;  // none: nobody is shown the state
  std::unique_ptr<FolderWatch> watch;
  uint16_t recipe = 0;
};

Result<Parts> open_parts(const LineOptions& options);

}  // namespace paucal::line
