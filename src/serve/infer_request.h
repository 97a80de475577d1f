#pragma once
// An inference request of the Open Inference Protocol, with the binary tensor extension: JSON, JSON
// and tensors behind it, or one file and nothing else (a raw request).

#include <string>
#include <vector>

#include "serve/asked.h"
#include "serve/input_image.h"
#include "serve/output_table.h"

namespace paucal::serve {

// Of the body, not of what was compressed.
inline constexpr std::string_view kJsonLengthField = "Inference-Header-Content-Length";

struct WantedOutput {
  const OutputRow* row = nullptr;
  bool binary = false;
  std::size_t classes = 0;  // the classification extension: the best so many; 0: plain values
};

struct InferRequest {
  std::string id;  // empty: none
  std::vector<Input> inputs;
  std::vector<WantedOutput> outputs;  // none was named: all but those only named
  Asked asked;
};

struct InferTarget {
  std::string model;  // as in the path
  const edge::ModelCard* card = nullptr;
  std::size_t max_batch = 8;
};

// Takes the body out of `request`. What the client sent never makes it throw or fail but with a
// status below 500 or 501.
Checked<InferRequest> read_infer_request(http::Request& request, const InferTarget& target);

}  // namespace paucal::serve
