#include "train/precision.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"

namespace paucal::train {
namespace {

constexpr const char* kPrecisionFile = "precision.json";
// Less is within the noise of a measurement, and no reason to give up 16 bits.
constexpr double kWorthIt = 0.9;

}  // namespace

Json to_json(const Precision& precision) {
  Json json = {{"asked", precision.asked},
               {"used", precision.bf16 ? "bf16" : "f32"},
               {"why", precision.why}};
  if (precision.seconds.f32 > 0)
    json["seconds_of_a_step"] = {{"f32", precision.seconds.f32}, {"bf16", precision.seconds.bf16}};
  return json;
}

Precision precision_from_json(const Json& json) {
  Precision precision{
      .asked = json.at("asked"), .bf16 = json.at("used") == "bf16", .why = json.at("why")};
  if (const auto seconds = json.find("seconds_of_a_step"); seconds != json.end())
    precision.seconds = {seconds->at("f32"), seconds->at("bf16")};
  return precision;
}

bool processor_has_bf16() {
#if defined(__x86_64__)
  // Intel's manual, volume 2, CPUID leaf 7: AVX512_BF16 is EAX bit 5 of subleaf 1, AMX-BF16 is EDX
  // bit 22 of subleaf 0. XCR0 tells which registers the operating system saves: 5 to 7 those of
  // AVX-512, 17 and 18 those of AMX.
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & bit_OSXSAVE) == 0) return false;
  uint32_t saved = 0, high = 0;
  __asm__("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  const auto saves = [&](uint32_t registers) { return (saved & registers) == registers; };
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  if ((d >> 22 & 1) != 0 && saves(3u << 17)) return true;
  return a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1) != 0 && saves(7u << 5);
#else
  return false;
#endif
}

Precision choose_precision(const std::string& asked, c10::Device device, bool native,
                           const std::function<StepSeconds()>& measure) {
  Precision precision{.asked = asked};
  if (asked == "f32" || asked == "bf16") {
    precision.bf16 = asked == "bf16";
    precision.why = "train.precision says so";
  } else if (device.is_cuda()) {
    precision.bf16 = true;
    precision.why = "the device is CUDA";
  } else if (asked == "device") {
    precision.why =
        "the device is a processor; train.precision=auto measures whether bf16 is faster";
  } else if (!native) {
    precision.why = "the processor has neither AMX-BF16 nor AVX512-BF16";
  } else {
    precision.seconds = measure();
    precision.bf16 = precision.seconds.bf16 < kWorthIt * precision.seconds.f32;
    precision.why = fmt::format("a step takes {:.1f} ms in f32, {:.1f} ms in bf16",
                                1e3 * precision.seconds.f32, 1e3 * precision.seconds.bf16);
  }
  return precision;
}

Precision settle_precision(const std::string& asked, c10::Device device,
                           const std::filesystem::path& folder, const std::string& fingerprint,
                           const std::function<StepSeconds()>& measure) {
  const std::filesystem::path path = folder / kPrecisionFile;
  const bool native = device.is_cuda() || processor_has_bf16();
  Precision precision;
  bool kept = false;
  if (asked == "auto" && std::filesystem::exists(path)) {
    const Json json = read_json(path);
    try {
      precision = precision_from_json(json);
      kept = precision.asked == asked && json.at("fingerprint") == fingerprint;
    } catch (const Json::exception& error) {
      fail("train", "'{}': damaged: {}; delete the file", path.string(), error.what());
    }
  }
  if (!kept) {
    precision = choose_precision(asked, device, native, measure);
    Json json = to_json(precision);
    json["fingerprint"] = fingerprint;
    write_json(path, json);
  }
  if (precision.bf16)
    log::info("train: bf16{}, since {}", kept ? " as before" : "", precision.why);
  else
    log::debug("train: f32{}, since {}", kept ? " as before" : "", precision.why);
  if (precision.bf16 && !native)
    log::warn(
        "train: this processor has neither AMX-BF16 nor AVX512-BF16: bf16 may be 20 times slower "
        "than f32 here");
  return precision;
}

}  // namespace paucal::train
