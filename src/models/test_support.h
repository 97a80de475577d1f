#pragma once
// For the tests of this folder: numbers that a reference program can make too, temporary files,
// and mutated files.

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "base/files.h"
#include "models/image_model.h"

namespace paucal::models::test {

// n values in [-.5, .5): the top 24 bits of a mixed (stream · 2³² + i).
at::Tensor noise(int64_t n, uint64_t stream);

// Sets every parameter and running statistic from noise, streams 1, 2, … in the order of names.
void fill_with_noise(torch::nn::Module& module);

// A folder that goes away with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

Bytes bytes_of(std::string_view text);

// What `run` throws, or "" if nothing.
std::string error_of(const std::function<void()>& run);

// Runs `read` on `count` damaged copies of `original`. Each must be read or end in paucal::Error,
// and allocate in proportion to the file. Returns how many were read.
int survive_mutations(const Bytes& original, int count, const std::function<void(Bytes)>& read);

}  // namespace paucal::models::test
