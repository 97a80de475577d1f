#include "pipeline/tasks.h"

#include <array>

#include "base/error.h"

namespace paucal::pipeline {

extern const TaskRow task_inspection, task_classification;

const TaskRow& task_of(const Recipe& recipe, const data::Dataset& dataset) {
  for (const TaskRow* row : std::array{&task_inspection, &task_classification})
    if (recipe.task == edge::name_of(row->task) ||
        (recipe.task == "auto" && row->takes(recipe, dataset)))
      return *row;
  fail("train", "task={}: no task takes these data", recipe.task);
}

}  // namespace paucal::pipeline
