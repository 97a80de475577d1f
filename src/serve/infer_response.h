#pragma once
// The answer to an inference request: JSON, and tensors behind it where they were asked for in
// binary.

#include "serve/infer_request.h"

namespace paucal::serve {

// 200, or what is wrong with the outputs that were asked for.
http::Response infer_response(const InferRequest& request, const Done& done);

}  // namespace paucal::serve
