#include "serve/input_image.h"

#include <algorithm>
#include <span>

#include "base/base64.h"
#include "serve/output_table.h"

namespace paucal::serve {
namespace {

template <class... Args>
Problem input_problem(fmt::format_string<Args...> format, Args&&... args) {
  return problem(400, "infer", "input '{}': {}", kInputName,
                 fmt::format(format, std::forward<Args>(args)...));
}

std::string shape_text(const JsonInput& input) {
  return input.shape ? fmt::format("[{}]", fmt::join(*input.shape, ", ")) : "missing";
}

Checked<std::size_t> batch_of(std::int64_t images, const InputLimits& limits) {
  if (static_cast<std::uint64_t>(images) > limits.max_batch)
    return input_problem("{} images, expected at most {}", images, limits.max_batch);
  return static_cast<std::size_t>(images);
}

// Of BYTES.
Checked<std::size_t> files_announced(const JsonInput& input, const InputLimits& limits) {
  if (!input.shape || input.shape->empty() || input.shape->size() > 2 ||
      (input.shape->size() == 2 && input.shape->back() != 1))
    return input_problem("shape {} of BYTES, expected [N] or [N, 1]", shape_text(input));
  return batch_of(input.shape->front(), limits);
}

struct PixelShape {
  std::size_t images = 0;
  int height = 0, width = 0, channels = 0;
  bool swap = false;  // blue comes first

  std::size_t image_bytes() const {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
           static_cast<std::size_t>(channels);
  }
};

// Of UINT8: the product of its sides is bounded by limits before anything is multiplied.
Checked<PixelShape> pixels_announced(const JsonInput& input, const InputLimits& limits) {
  if (!input.shape || input.shape->size() < 3 || input.shape->size() > 4)
    return input_problem("shape {} of UINT8, expected [N, H, W, C] or [H, W, C]",
                         shape_text(input));
  const std::vector<std::int64_t>& shape = *input.shape;
  const std::span sides = std::span(shape).last(3);
  const auto images = batch_of(shape.size() == 4 ? shape[0] : 1, limits);
  if (const auto* wrong = std::get_if<Problem>(&images)) return *wrong;
  if (sides[2] != 1 && sides[2] != 3)
    return input_problem("shape {}: {} channels, expected 1 or 3", shape_text(input), sides[2]);
  if (sides[0] < 1 || sides[1] < 1 || sides[0] > limits.max_pixels / sides[1])
    return input_problem("shape {}, expected 1 to {} pixels an image", shape_text(input),
                         limits.max_pixels);
  PixelShape pixels;
  pixels.images = std::get<std::size_t>(images);
  pixels.height = static_cast<int>(sides[0]);
  pixels.width = static_cast<int>(sides[1]);
  pixels.channels = static_cast<int>(sides[2]);
  if (const Parameter* given = input.parameters.find("format")) {
    const auto* format = std::get_if<std::string>(given);
    if (!format || (*format != "rgb" && *format != "bgr" && *format != "grey"))
      return input_problem("parameter 'format', expected rgb, bgr or grey");
    if ((*format == "grey") != (pixels.channels == 1))
      return input_problem("format {} of {} channels, expected grey for 1, rgb or bgr for 3",
                           *format, pixels.channels);
    pixels.swap = *format == "bgr";
  }
  return pixels;
}

std::vector<Input> images_of(std::span<const std::uint8_t> bytes, const PixelShape& shape) {
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < shape.images; ++i) {
    edge::Image image;
    image.height = shape.height;
    image.width = shape.width;
    image.channels = shape.channels;
    const auto part = bytes.subspan(i * shape.image_bytes(), shape.image_bytes());
    image.pixels.assign(part.begin(), part.end());
    if (shape.swap)
      for (std::size_t at = 0; at < image.pixels.size(); at += 3)
        std::swap(image.pixels[at], image.pixels[at + 2]);
    inputs.emplace_back(std::move(image));
  }
  return inputs;
}

Checked<std::vector<Input>> pixels_from(const JsonInput& input, std::span<const std::uint8_t> bytes,
                                        const InputLimits& limits) {
  const auto shape = pixels_announced(input, limits);
  if (const auto* wrong = std::get_if<Problem>(&shape)) return *wrong;
  const auto& pixels = std::get<PixelShape>(shape);
  const std::size_t expected = pixels.images * pixels.image_bytes();
  if (bytes.size() != expected)
    return input_problem("unexpected size for input: {} values, expected {} of shape {}",
                         bytes.size(), expected, shape_text(input));
  return images_of(bytes, pixels);
}

Problem bad_datatype(const JsonInput& input) {
  return input_problem("datatype '{}', expected BYTES (files) or UINT8 (pixels)", input.datatype);
}

bool is_base64(const JsonInput& input) {
  const Parameter* given = input.parameters.find("content_type");
  const auto* type = given ? std::get_if<std::string>(given) : nullptr;
  return type && *type == "base64";
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

}  // namespace

Checked<std::vector<Input>> images_in_json(JsonInput& input, const InputLimits& limits) {
  if (input.datatype == "UINT8") {
    if (!input.texts.empty()) return input_problem("strings as data of UINT8, expected numbers");
    return pixels_from(input, input.numbers, limits);
  }
  if (input.datatype != "BYTES") return bad_datatype(input);
  const auto count = files_announced(input, limits);
  if (const auto* wrong = std::get_if<Problem>(&count)) return *wrong;
  if (!input.numbers.empty()) return input_problem("numbers as data of BYTES, expected strings");
  if (input.texts.size() != std::get<std::size_t>(count))
    return input_problem("unexpected size for input: {} strings, expected {} of shape {}",
                         input.texts.size(), std::get<std::size_t>(count), shape_text(input));
  if (!is_base64(input))
    return input_problem(
        "BYTES in JSON, expected \"parameters\": {{\"content_type\": \"base64\"}} beside them, or "
        "binary data");
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < input.texts.size(); ++i) {
    const auto file = from_base64(input.texts[i]);
    if (!file) return input_problem("image {}: no base64 (RFC 4648)", i);
    input.texts[i] = {};  // one of both is held
    inputs.emplace_back(EncodedImage(file->begin(), file->end()));
  }
  return inputs;
}

Checked<std::vector<Input>> images_in_binary(const JsonInput& input, std::string_view binary,
                                             const InputLimits& limits) {
  if (input.datatype == "UINT8")
    return pixels_from(input, {reinterpret_cast<const std::uint8_t*>(binary.data()), binary.size()},
                       limits);
  if (input.datatype != "BYTES") return bad_datatype(input);
  const auto count = files_announced(input, limits);
  if (const auto* wrong = std::get_if<Problem>(&count)) return *wrong;
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < std::get<std::size_t>(count); ++i) {
    if (binary.size() < 4)
      return input_problem(
          "unexpected size for input: image {}: {} bytes, expected 4 of its length", i,
          binary.size());
    const std::size_t size = little_endian(binary);
    binary.remove_prefix(4);
    if (size > binary.size())
      return input_problem("unexpected size for input: image {}: {} bytes are left, expected {}", i,
                           binary.size(), size);
    inputs.emplace_back(EncodedImage(binary.substr(0, size)));
    binary.remove_prefix(size);
  }
  if (!binary.empty())
    return input_problem("unexpected size for input: {} bytes behind the last of {} images",
                         binary.size(), inputs.size());
  return inputs;
}

}  // namespace paucal::serve
