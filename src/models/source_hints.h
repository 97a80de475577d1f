#pragma once
// Which of several sources a file is from, where their tensors have the same names.

#include <filesystem>
#include <vector>

#include "models/published.h"

namespace paucal::models {

struct SourceChoice {
  const Published* network = nullptr;
  Arithmetic arithmetic;
};

// By config.json beside the file (as Hugging Face's hub has it, where it tells mean and std, too),
// then by the file's name; a file of the store by those that it had where it came from. Throws
// Error, which lists the choices, where neither decides.
SourceChoice choose_source(const std::filesystem::path& path,
                           const std::vector<const Published*>& candidates);

}  // namespace paucal::models
