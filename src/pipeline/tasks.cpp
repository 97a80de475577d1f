#include "pipeline/tasks.h"

#include <array>

#include "base/error.h"
#include "data/set/split.h"

namespace paucal::pipeline {

extern const TaskRow task_inspection, task_classification;

const TaskRow& task_of(const Recipe& recipe, const data::Dataset& dataset) {
  for (const TaskRow* row : std::array{&task_inspection, &task_classification})
    if (recipe.task == edge::name_of(row->task) ||
        (recipe.task == "auto" && row->takes(recipe, dataset)))
      return *row;
  fail("train", "task={}: no task takes these data", recipe.task);
}

void check_classes(const data::Dataset& dataset) {
  if (dataset.classes.size() < 2)
    fail("train", "task=classification with one class ('{}'), expected at least two",
         fmt::join(dataset.classes, ""));
  data::refuse_untrained_classes(dataset);
}

}  // namespace paucal::pipeline
