#pragma once
// An output of an answer: values and shape, and how both forms of the protocol write them.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "serve/infer_request.h"

namespace paucal::serve {

struct Tensor {
  std::string_view name;      // of the output
  std::string_view datatype;  // BOOL, FP32, INT32, BYTES
  std::vector<std::int64_t> shape;
  // BOOL as 0 and 1.
  std::variant<std::vector<std::uint8_t>, std::vector<float>, std::vector<std::int32_t>,
               std::vector<std::string>>
      values;
};

// Fails where the images cannot stand in one tensor (heat maps of different sizes).
Checked<Tensor> output_tensor(const WantedOutput& wanted, const Done& done);

// "[…]", flat, row by row. What is not finite is null.
std::string json_values(const Tensor& tensor);
// Little-endian; BYTES behind 4 bytes of length each.
std::string binary_values(const Tensor& tensor);

}  // namespace paucal::serve
