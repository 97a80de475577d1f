#pragma once
// Shapes, element types and memory layouts of what flows through a graph.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace paucal::edge {

enum class Type : uint8_t { kF32, kU8, kI8, kI32, kI64 };

size_t size_of(Type type);
std::string_view name_of(Type type);  // "f32"
bool parse_type(std::string_view name, Type& type);

// How a value lies in memory. Shapes are always written [N, C, H, W], whatever the layout.
enum class Layout : uint8_t {
  kRows,          // last dimension fastest, any rank
  kChannelsLast,  // rank 4, N × H × W × C in memory
};

// Up to 6 dimensions. As the declared shape of a graph input, kFree stands for any size ≥ 0 (batch,
// height, width). Rank -1: an optional input that is absent.
class Shape {
 public:
  static constexpr int kMaxRank = 6;
  static constexpr int64_t kFree = -1;
  static constexpr int64_t kMaxElements = int64_t{1} << 40;

  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const int64_t> dims);  // at most kMaxRank
  static Shape absent();

  int rank() const { return rank_; }
  bool is_absent() const { return rank_ < 0; }
  int64_t operator[](int i) const { return dims_[static_cast<size_t>(i)]; }
  int64_t& operator[](int i) { return dims_[static_cast<size_t>(i)]; }
  std::span<const int64_t> dims() const { return {dims_.data(), static_cast<size_t>(rank_)}; }
  // Product of all; -1 where that of the non-zero ones passes kMaxElements (so no product of any
  // of them overflows) or a dimension is negative.
  int64_t elements() const;
  bool operator==(const Shape&) const = default;
  std::string text() const;  // "[1, 3, ?, ?]"

 private:
  std::array<int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

// Borrowed memory with a meaning.
struct Tensor {
  Type type = Type::kF32;
  Layout layout = Layout::kRows;
  Shape shape = Shape::absent();
  void* data = nullptr;

  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  bool is_absent() const { return shape.is_absent(); }
  size_t bytes() const { return static_cast<size_t>(shape.elements()) * size_of(type); }
};

// What a shape rule sees of an input and says of an output.
struct Signature {
  Type type = Type::kF32;
  Shape shape = Shape::absent();
};

}  // namespace paucal::edge
