#pragma once
// A batch as a loader thread makes it, of a type that only its task knows.

#include <cstdint>
#include <memory>
#include <typeinfo>
#include <utility>
#include <vector>

#include "base/error.h"

namespace paucal::train {

// Copies share the value, which need not be copyable itself.
class HostBatch {
 public:
  HostBatch() = default;
  // `records`: the number of each row's record, for messages and the speed on the log.
  template <class T>
  HostBatch(T value, std::vector<int64_t> records)
      : value_(std::make_shared<const T>(std::move(value))),
        type_(&typeid(T)),
        records_(std::move(records)) {}

  // Throws Error where it holds another type, or nothing.
  template <class T>
  const T& as() const {
    if (!type_ || *type_ != typeid(T))
      fail("train", "a batch of type {}, expected {}", type_ ? type_->name() : "none",
           typeid(T).name());
    return *static_cast<const T*>(value_.get());
  }
  const std::vector<int64_t>& records() const { return records_; }

 private:
  std::shared_ptr<const void> value_;
  const std::type_info* type_ = nullptr;
  std::vector<int64_t> records_;
};

}  // namespace paucal::train
