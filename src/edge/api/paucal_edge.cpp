#include "edge/api/paucal_edge.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <new>

#include "base/json_text.h"
#include "base/utf8_path.h"
#include "base/version.h"
#include "edge/api/to_image.h"
#include "edge/pre/decode.h"
#include "edge/runtime/predictor.h"

using namespace paucal;
using namespace paucal::edge;

// Programs that are compiled already hold these layouts: who changes one raises PAUCAL_EDGE_ABI.
static_assert(PAUCAL_EDGE_ABI == 1);
static_assert(sizeof(paucal_edge_code) == 4 && sizeof(paucal_edge_format) == 4);
static_assert(sizeof(paucal_edge_status) == 512 && offsetof(paucal_edge_status, message) == 4);
static_assert(sizeof(paucal_edge_box) == 24 && offsetof(paucal_edge_box, label) == 20);
static_assert(offsetof(paucal_edge_image, width) == sizeof(void*) &&
              offsetof(paucal_edge_image, height) == sizeof(void*) + 4 &&
              offsetof(paucal_edge_image, stride) == sizeof(void*) + 8 &&
              offsetof(paucal_edge_image, format) == 2 * sizeof(void*) + 8);

struct paucal_edge_model {
  std::shared_ptr<const Model> model;
  ModelCard card;
  std::string description;
};

struct paucal_edge_predictor {
  std::unique_ptr<Predictor> predictor;
};

struct paucal_edge_pixels {
  Image image;
};

struct paucal_edge_result {
  Prediction prediction;
  bool inspection = true;
  std::vector<paucal_edge_box> boxes;
  std::string json;
};

namespace {

constexpr int kMaxThreads = 256;

void set_status(paucal_edge_status* status, paucal_edge_code code, std::string_view message) {
  if (!status) return;
  status->code = code;
  size_t length = std::min(message.size(), sizeof status->message - 1);
  // Never half of a UTF-8 character.
  while (length < message.size() && length > 0 && (message[length] & 0xc0) == 0x80) --length;
  std::memcpy(status->message, message.data(), length);
  status->message[length] = '\0';
}

// A failure on its way to the status.
struct Refusal {
  paucal_edge_code code;
  Failure failure;
};

Refusal bad_argument(std::string message) {
  return {PAUCAL_EDGE_BAD_ARGUMENT, {"api", std::move(message)}};
}

// Runs `make`, which returns a new handle or throws a Refusal; nothing passes beyond.
template <class Make>
auto guarded(paucal_edge_status* status, const Make& make) noexcept -> decltype(make().release()) {
  try {
    auto handle = make();
    set_status(status, PAUCAL_EDGE_OK, "");
    return handle.release();
  } catch (const Refusal& refusal) {
    set_status(status, refusal.code, refusal.failure.message);
  } catch (const std::bad_alloc&) {
    set_status(status, PAUCAL_EDGE_NO_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    set_status(status, PAUCAL_EDGE_RUN_FAILED, error.what());
  } catch (...) {
    set_status(status, PAUCAL_EDGE_RUN_FAILED, "an unknown exception");
  }
  return nullptr;
}

template <class T>
T value_or(Result<T> result, paucal_edge_code code) {
  if (!result.ok())
    throw Refusal{result.failure().place == kNoMemory ? PAUCAL_EDGE_NO_MEMORY : code,
                  result.failure()};
  return std::move(*result);
}

std::unique_ptr<paucal_edge_model> make_model(Result<std::shared_ptr<const Model>> result) {
  auto handle = std::make_unique<paucal_edge_model>();
  handle->model = value_or(std::move(result), PAUCAL_EDGE_BAD_MODEL);
  handle->card = value_or(card_from_json(handle->model->card()), PAUCAL_EDGE_BAD_MODEL);
  handle->description = dump_json(handle->model->card(), 2);
  return handle;
}

std::unique_ptr<paucal_edge_pixels> decoded(const void* data, size_t size,
                                            const DecodeOptions& options) {
  if (!data) throw bad_argument("data is NULL");
  auto handle = std::make_unique<paucal_edge_pixels>();
  handle->image = value_or(decode_image({static_cast<const uint8_t*>(data), size}, options),
                           PAUCAL_EDGE_BAD_IMAGE);
  return handle;
}

}  // namespace

extern "C" {

int paucal_edge_abi(void) {
  return PAUCAL_EDGE_ABI;
}
int paucal_edge_version(void) {
  return PAUCAL_EDGE_VERSION;
}
const char* paucal_edge_version_text(void) {
  return version();
}

paucal_edge_model* paucal_edge_open(const char* path, paucal_edge_status* status) {
  return guarded(status, [&] {
    if (!path) throw bad_argument("path is NULL");
    return make_model(Model::open(utf8_path(path)));
  });
}

paucal_edge_model* paucal_edge_load(const void* data, size_t size, paucal_edge_status* status) {
  return guarded(status, [&] {
    if (!data) throw bad_argument("data is NULL");
    auto file =
        read_model(SharedBytes::copy_of({static_cast<const std::byte*>(data), size}), "memory");
    return make_model(Model::make(value_or(std::move(file), PAUCAL_EDGE_BAD_MODEL)));
  });
}

void paucal_edge_model_free(paucal_edge_model* model) {
  delete model;
}

const char* paucal_edge_describe(const paucal_edge_model* model) {
  return model ? model->description.c_str() : "";
}

int paucal_edge_class_count(const paucal_edge_model* model) {
  return model ? static_cast<int>(model->card.classes.size()) : 0;
}

const char* paucal_edge_class_name(const paucal_edge_model* model, int label) {
  if (label < 0 || label >= paucal_edge_class_count(model)) return nullptr;
  return model->card.classes[static_cast<size_t>(label)].c_str();
}

paucal_edge_pixels* paucal_edge_decode(const void* data, size_t size, paucal_edge_status* status) {
  return guarded(status, [&] { return decoded(data, size, {.channels = 0}); });
}

paucal_edge_pixels* paucal_edge_decode_for(const paucal_edge_model* model, const void* data,
                                           size_t size, paucal_edge_status* status) {
  return guarded(status, [&] {
    if (!model) throw bad_argument("model is NULL");
    return decoded(data, size, model->card.decoding(0));
  });
}

paucal_edge_image paucal_edge_pixels_view(const paucal_edge_pixels* pixels) {
  if (!pixels) return {nullptr, 0, 0, 0, PAUCAL_EDGE_GREY8};
  const Image& image = pixels->image;
  const size_t row = static_cast<size_t>(image.width) * static_cast<size_t>(image.channels);
  const bool grey = image.channels == 1;
  if (image.is_deep())
    return {reinterpret_cast<const uint8_t*>(image.deep.data()), image.width, image.height, 2 * row,
            grey ? PAUCAL_EDGE_GREY16 : PAUCAL_EDGE_RGB16};
  return {image.pixels.data(), image.width, image.height, row,
          grey ? PAUCAL_EDGE_GREY8 : PAUCAL_EDGE_RGB8};
}

void paucal_edge_pixels_free(paucal_edge_pixels* pixels) {
  delete pixels;
}

paucal_edge_predictor* paucal_edge_predictor_new(const paucal_edge_model* model, int threads,
                                                 paucal_edge_status* status) {
  return guarded(status, [&] {
    if (!model) throw bad_argument("model is NULL");
    if (threads < 1 || threads > kMaxThreads)
      throw bad_argument(std::to_string(threads) + " threads, expected 1 to 256");
    auto handle = std::make_unique<paucal_edge_predictor>();
    handle->predictor =
        value_or(Predictor::make(model->model, {.threads = threads}), PAUCAL_EDGE_BAD_MODEL);
    return handle;
  });
}

void paucal_edge_predictor_free(paucal_edge_predictor* predictor) {
  delete predictor;
}

paucal_edge_result* paucal_edge_predict(paucal_edge_predictor* predictor,
                                        const paucal_edge_image* image,
                                        paucal_edge_status* status) {
  return guarded(status, [&] {
    if (!predictor) throw bad_argument("predictor is NULL");
    if (!image) throw bad_argument("image is NULL");
    const ModelCard& card = predictor->predictor->card();
    const Image pixels =
        value_or(to_image(*image, card.input.channels, card.max_pixels), PAUCAL_EDGE_BAD_ARGUMENT);
    auto handle = std::make_unique<paucal_edge_result>();
    handle->prediction = value_or(predictor->predictor->predict(pixels), PAUCAL_EDGE_RUN_FAILED);
    handle->inspection = card.task == Task::kInspection;
    for (const auto& [box, score, label] : handle->prediction.boxes)
      handle->boxes.push_back({box.x0, box.y0, box.x1, box.y1, score, label});
    handle->json = dump_json(to_json(card, handle->prediction));
    return handle;
  });
}

void paucal_edge_result_free(paucal_edge_result* result) {
  delete result;
}

int paucal_edge_result_ng(const paucal_edge_result* result) {
  return result && result->inspection ? int{result->prediction.ng} : -1;
}

double paucal_edge_result_probability(const paucal_edge_result* result) {
  return result ? result->prediction.probability : 0;
}

int paucal_edge_result_label(const paucal_edge_result* result) {
  return result ? result->prediction.label : -1;
}

size_t paucal_edge_result_box_count(const paucal_edge_result* result) {
  return result ? result->boxes.size() : 0;
}

const paucal_edge_box* paucal_edge_result_boxes(const paucal_edge_result* result) {
  return result && !result->boxes.empty() ? result->boxes.data() : nullptr;
}

const float* paucal_edge_result_heat(const paucal_edge_result* result, int* width, int* height) {
  const Map* heat = result ? &result->prediction.heat : nullptr;
  if (width) *width = heat ? heat->width : 0;
  if (height) *height = heat ? heat->height : 0;
  return heat && !heat->values.empty() ? heat->values.data() : nullptr;
}

const char* paucal_edge_result_json(const paucal_edge_result* result) {
  return result ? result->json.c_str() : "";
}

}  // extern "C"
