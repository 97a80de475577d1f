#include "judge/task.h"

#include <array>

#include "base/error.h"

namespace paucal::judge {

extern const TaskRow task_inspection, task_classification;

const TaskRow& task_of(const edge::ModelCard& card) {
  for (const TaskRow* row : std::array{&task_inspection, &task_classification})
    if (row->task == card.task) return *row;
  fail("judge", "task number {}: it has no row", static_cast<int>(card.task));
}

bool shows_defect(const edge::ModelCard& card, const data::Dataset& dataset,
                  const data::Record& record) {
  return task_of(card).finds_defects && !dataset.is_ok(record);
}

}  // namespace paucal::judge
