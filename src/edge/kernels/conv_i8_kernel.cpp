#include "edge/kernels/conv_i8_kernel.h"

#include <limits>

#include "base/error.h"
#include "edge/kernels/conv_i8_pack.h"

namespace paucal::edge {
namespace {

enum class Path { kPortable, kDirect, kDepthwise, kWinograd, kDirectVnni, kDepthwiseVnni };

bool is_vnni(Path path) {
  return path == Path::kDirectVnni || path == Path::kDepthwiseVnni;
}

// Strips and transformed tiles of a task should stay in a second-level cache of 512 KB.
constexpr double kTaskBytes = 256 << 10;
// More than any plan allows, yet small enough to be added to.
constexpr double kTooMuch = 1e15;

// How a call is split: [image][strip][chunk of panels].
struct Split {
  int64_t rows = 0;  // in all, of an image; of tiles for Winograd
  int64_t rows_per_task = 1;
  int64_t strips = 0;
  int64_t panels = 1, panels_per_task = 1;
  int64_t chunks = 1;
  double strip = 0;  // bytes of a task's scratch
  double tiles = 0;  // i16 elements of it
};

class ConvI8Kernel : public Kernel {
 public:
  ConvI8Kernel(const ConvI8& conv, Path path, PackedI8 packed, bool pointwise)
      : conv_(conv), path_(path), packed_(std::move(packed)), pointwise_(pointwise) {
    conv_.requantise.bias = packed_.bias.data();
    conv_.requantise.scale = packed_.scale.data();
  }

  size_t scratch_bytes(std::span<const Signature> inputs, std::span<const Signature> outputs,
                       int threads) const override {
    if (outputs[0].shape.elements() == 0) return 0;
    const Split split = split_of(sizes(inputs[0].shape, outputs[0].shape), threads);
    return static_cast<size_t>(std::min(kTooMuch, bytes(split) * threads));
  }

  void run(const KernelCall& call) const override {
    if (call.outputs[0].shape.elements() == 0) return;
    ConvI8Call c = sizes(call.inputs[0].shape, call.outputs[0].shape);
    c.x = call.inputs[0].as<const uint8_t>();
    c.y = call.outputs[0].as<uint8_t>();
    if (call.inputs.size() > 4 && !call.inputs[4].is_absent())
      c.residual = call.inputs[4].as<const uint8_t>();
    const Split split = split_of(c, call.pool.threads());
    const auto per_thread = static_cast<size_t>(bytes(split));
    call.pool.run(c.batch * split.strips * split.chunks, [&](int64_t task, int thread) {
      const int64_t chunk = task % split.chunks, strip = task / split.chunks % split.strips;
      const ConvI8Part part{task / split.chunks / split.strips, strip * split.rows_per_task,
                            std::min(split.rows, (strip + 1) * split.rows_per_task),
                            chunk * split.panels_per_task,
                            std::min(split.panels, (chunk + 1) * split.panels_per_task)};
      run_part(c, part, split, call.scratch + static_cast<size_t>(thread) * per_thread);
    });
  }

  std::string_view path() const override {
    constexpr std::string_view kNames[] = {
        "portable",         "int8 direct avx2",   "int8 depthwise avx2", "int8 winograd2 avx2",
        "int8 direct vnni", "int8 depthwise vnni"};
    return kNames[static_cast<int>(path_)];
  }

 private:
  // A 1×1 of stride 1 sees its pixels one by one, so all of a batch are one tall image.
  ConvI8Call sizes(const Shape& x, const Shape& y) const {
    ConvI8Call c;
    if (pointwise_) {
      c.batch = c.w = c.out_w = 1;
      c.h = c.out_h = y.elements() / conv_.outputs;
      return c;
    }
    c.batch = x[0], c.h = x[2], c.w = x[3], c.out_h = y[2], c.out_w = y[3];
    return c;
  }

  // Doubles: sizes of hostile shapes pass 2^63.
  double strip_bytes(const ConvI8Call& c, int64_t rows) const {
    const double pixel = (is_vnni(path_) ? 1. : 2.) * double(conv_.channels);
    if (path_ == Path::kPortable) return pixel * double(conv_.kernel_h * conv_.kernel_w);
    if (path_ == Path::kWinograd)
      return (2. * double(rows) + 2) * double((c.out_w + 1) / 2 * 2 + 2) * pixel;
    const StripI8 s = strip_of(conv_, c.w, 0, rows);
    return double(s.rows) * double(s.width) * pixel;
  }
  double tile_elements(const ConvI8Call& c, int64_t rows) const {
    if (path_ != Path::kWinograd) return 0;
    const double padded = double((conv_.channels + 15) / 16 * 16);
    return 16. * (double((c.out_w + 1) / 2) * double(rows) * padded + kPositionGap);
  }

  Split split_of(const ConvI8Call& c, int threads) const {
    Split split;
    split.rows = path_ == Path::kWinograd ? (c.out_h + 1) / 2 : c.out_h;
    split.panels = path_ == Path::kPortable ? 1 : packed_.panels;
    const auto fits = [&](int64_t rows) {
      return strip_bytes(c, rows) + tile_elements(c, rows) * 2 <= kTaskBytes;
    };
    const double row = strip_bytes(c, 2) - strip_bytes(c, 1) + tile_elements(c, 1) * 2;
    int64_t most = path_ == Path::kPortable ? 1 : split.rows;
    if (!fits(most))
      most = std::clamp<int64_t>(static_cast<int64_t>(kTaskBytes / std::max(1., row)), 1, most);
    while (most > 1 && !fits(most)) most -= (most + 15) / 16;
    // A row of few pixels alone would leave most of a tile of 6 idle.
    if (path_ == Path::kDirect || path_ == Path::kDirectVnni)
      most = std::max(most, std::min(split.rows, (23 + c.out_w) / c.out_w));
    split.strips = (split.rows + most - 1) / most;
    split.rows_per_task = (split.rows + split.strips - 1) / split.strips;
    split.strips = (split.rows + split.rows_per_task - 1) / split.rows_per_task;
    // Few strips for many threads: split the panels too, though each chunk widens its strip again.
    const int64_t wanted = threads == 1 ? 1 : 3 * threads / std::max<int64_t>(1, split.strips);
    split.panels_per_task = split.panels / std::clamp<int64_t>(wanted, 1, split.panels);
    split.chunks = (split.panels + split.panels_per_task - 1) / split.panels_per_task;
    // What is read in place has no strip; the split still keeps it in the cache.
    const bool in_place = path_ == Path::kDirectVnni && reads_in_place(conv_);
    split.strip = in_place ? 0 : strip_bytes(c, split.rows_per_task) + kStripSlack;
    split.tiles = tile_elements(c, split.rows_per_task);
    return split;
  }

  // Scratch of a task: strip, tiles or widened panel, tap offsets; each begins at a multiple of 64.
  static double aligned(double bytes) { return std::ceil(bytes / 64) * 64; }
  double middle(const Split& split) const { return aligned(split.strip); }
  double last(const Split& split) const {
    return middle(split) + aligned(split.tiles * 2 + double(packed_.panel_elements) * 2);
  }
  double bytes(const Split& split) const {
    return last(split) + aligned(8. * double(conv_.kernel_h * conv_.kernel_w + 1));
  }

  void run_part(const ConvI8Call& call, const ConvI8Part& part, [[maybe_unused]] const Split& split,
                std::byte* scratch) const {
    auto* strip = reinterpret_cast<int16_t*>(scratch);
    if (path_ == Path::kPortable)
      return conv_i8_portable(conv_, packed_.narrow.data(), call, part, strip);
#if defined(__x86_64__)
    auto* tiles = reinterpret_cast<int16_t*>(scratch + static_cast<size_t>(middle(split)));
    auto* taps = reinterpret_cast<int64_t*>(scratch + static_cast<size_t>(last(split)));
    auto* narrow = reinterpret_cast<uint8_t*>(scratch);
    if (path_ == Path::kDirectVnni)
      conv_i8_direct_vnni(conv_, packed_.narrow.data(), call, part, narrow, taps);
    else if (path_ == Path::kDepthwiseVnni)
      conv_i8_depthwise_vnni(conv_, packed_.narrow.data(), call, part, narrow);
    else if (path_ == Path::kDirect)
      conv_i8_direct_avx2(conv_, packed_.narrow.data(), call, part, strip, taps, tiles);
    else if (path_ == Path::kDepthwise)
      conv_i8_depthwise_avx2(conv_, packed_.wide.data(), call, part, strip, taps);
    else
      conv_i8_winograd_avx2(conv_, packed_.narrow.data(), call, part, strip, tiles,
                            tiles + static_cast<size_t>(split.tiles));
#endif
  }

  ConvI8 conv_;
  Path path_;
  PackedI8 packed_;
  bool pointwise_;
};

// Constants as they are in the graph, checked.
struct Constants {
  std::span<const int8_t> weight;
  std::span<const float> scale;
  std::span<const int32_t> bias;
};

template <class T>
std::span<const T> numbers(const Graph& graph, int id, Type type) {
  if (id < 0 || !graph.value(id).is_constant() || graph.value(id).type != type) return {};
  const auto bytes = graph.value(id).data.bytes;
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

// The largest Σ|w| of an output channel, or why a sum could leave int32.
Result<int64_t> largest_sum(const Constants& constants, int64_t outputs) {
  const auto length = static_cast<int64_t>(constants.weight.size()) / outputs;
  int64_t largest = 0;
  for (int64_t o = 0; o < outputs; ++o) {
    int64_t sum = 0;
    for (const int8_t w :
         constants.weight.subspan(static_cast<size_t>(o * length), static_cast<size_t>(length)))
      sum += std::abs(static_cast<int>(w));
    const int64_t bias = std::abs(static_cast<int64_t>(constants.bias[static_cast<size_t>(o)]));
    if (255 * sum + bias > std::numeric_limits<int32_t>::max())
      return failure("op",
                     "channel {}: 255 · {} + {} of weights and bias, expected at most 2^31 - 1", o,
                     sum, bias);
    largest = std::max(largest, sum);
  }
  return largest;
}

Path path_of(const ConvI8& c, Isa isa, int64_t largest) {
  if (!has_avx2(isa)) return Path::kPortable;
  const bool vnni = isa == Isa::kAvx512Vnni;
  if (c.groups > 1 && c.groups == c.channels && c.outputs == c.channels)
    return vnni ? Path::kDepthwiseVnni : Path::kDepthwise;
  // Winograd's 16-bit products would save no time: there are half as many of them in a register.
  if (vnni) return Path::kDirectVnni;
  const bool plain3x3 = c.kernel_h == 3 && c.kernel_w == 3 && c.stride_h * c.stride_w == 1 &&
                        c.dilation_h * c.dilation_w == 1 && c.groups == 1;
  if (plain3x3 && c.channels >= 16 && c.outputs >= 16 && 255 * largest < (int64_t{1} << 29))
    return Path::kWinograd;
  return Path::kDirect;
}

PackedI8 pack(Path path, const ConvI8& conv, std::span<const int8_t> weight) {
  switch (path) {
#if defined(__x86_64__)
    case Path::kDirect:
      return pack_direct(conv, weight);
    case Path::kDepthwise:
      return pack_depthwise(conv, weight);
    case Path::kWinograd:
      return pack_winograd(conv, weight);
    case Path::kDirectVnni:
      return pack_direct_vnni(conv, weight);
    case Path::kDepthwiseVnni:
      return pack_depthwise_vnni(conv, weight);
#endif
    default:
      return pack_portable(conv, weight);
  }
}

}  // namespace

Result<std::unique_ptr<Kernel>> make_conv_i8_kernel(const KernelSpec& spec, ConvI8 conv) {
  const auto& [graph, node, isa] = spec;
  const Constants constants{numbers<int8_t>(graph, node.inputs[1], Type::kI8),
                            numbers<float>(graph, node.inputs[2], Type::kF32),
                            numbers<int32_t>(graph, node.inputs[3], Type::kI32)};
  const Shape& shape = graph.value(node.inputs[1]).shape;
  const auto outputs = static_cast<size_t>(shape.rank() < 1 ? 0 : std::max<int64_t>(0, shape[0]));
  if (constants.weight.empty() || outputs == 0 || constants.scale.size() != outputs ||
      constants.bias.size() != outputs || shape[0] % conv.groups != 0)
    return failure("op",
                   "weight {}, {} scales and {} biases, expected constants: i8 of {} groups and an "
                   "f32 and an i32 for each output",
                   shape.text(), constants.scale.size(), constants.bias.size(), conv.groups);
  conv.outputs = shape[0];
  conv.channels = shape[1] * conv.groups;
  if (shape.rank() == 4) conv.kernel_h = shape[2], conv.kernel_w = shape[3];

  const auto x = quantisation_of(graph, node.inputs[0]);
  const auto y = quantisation_of(graph, node.outputs[0]);
  if (!x.ok() || !y.ok()) return x.ok() ? y.failure() : x.failure();
  conv.x_zero = x->zero_point;
  set_clamp(node, *y, conv.requantise);
  if (node.input(4) != Node::kAbsent) {
    const auto r = quantisation_of(graph, node.input(4));
    if (!r.ok()) return r.failure();
    conv.requantise.residual_zero = r->zero_point;
    conv.requantise.residual_scale =
        static_cast<float>(static_cast<double>(r->scale) / static_cast<double>(y->scale));
  }
  std::vector<float> scale;
  for (const float s : constants.scale) {
    const double ratio = static_cast<double>(x->scale) * s / static_cast<double>(y->scale);
    if (!(s >= 0) || !(ratio <= 1e30))
      return failure("op",
                     "a weight scale of {} for x of {} and y of {}, expected 0 or more and a "
                     "ratio up to 1e30",
                     s, x->scale, y->scale);
    scale.push_back(static_cast<float>(ratio));
  }
  if (!(conv.requantise.residual_scale <= 1e30f))
    return failure("op", "a residual of {} times the output's scale, expected up to 1e30",
                   conv.requantise.residual_scale);
  const auto largest = largest_sum(constants, conv.outputs);
  if (!largest.ok()) return largest.failure();

  const Path path = path_of(conv, isa, *largest);
  PackedI8 packed = pack(path, conv, constants.weight);
  pack_channels(constants.bias, scale, packed);
#if defined(__x86_64__)
  if (is_vnni(path)) fold_zero_point(conv, constants.weight, packed);
#endif
  const bool pointwise = conv.kernel_h * conv.kernel_w * conv.stride_h * conv.stride_w == 1 &&
                         (conv.pad_top | conv.pad_left | conv.pad_bottom | conv.pad_right) == 0;
  return std::unique_ptr<Kernel>(
      std::make_unique<ConvI8Kernel>(conv, path, std::move(packed), pointwise));
}

}  // namespace paucal::edge
