#include "edge/api/paucal_edge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "edge/api/paucal_edge.hpp"
#include "edge/api/test_model.h"
#include "edge/api/to_image.h"
#include "edge/pre/encode.h"

namespace paucal::edge {
namespace {

using testing::HasSubstr;

// 16 × 12, black, with a white rectangle from (4, 2) to (8, 5).
Image spot() {
  Image image(16, 12, 1);
  for (int y = 2; y < 5; ++y)
    for (int x = 4; x < 8; ++x) image.at(x, y) = 255;
  return image;
}

paucal_edge_image view(const Image& image) {
  return {image.pixels.data(), image.width, image.height,
          static_cast<size_t>(image.width) * static_cast<size_t>(image.channels),
          image.channels == 1 ? PAUCAL_EDGE_GREY8 : PAUCAL_EDGE_RGB8};
}

paucal_edge::model loaded_model() {
  const Bytes bytes = write_model(bright_spot_model());
  return {bytes.data(), bytes.size()};
}

TEST(EdgeApi, FindsTheSpot) {
  const auto model = loaded_model();
  EXPECT_THAT(model.describe(), HasSubstr("\"task\": \"inspection\""));
  EXPECT_EQ(model.classes(), (std::vector<std::string>{"OK", "spot"}));
  paucal_edge::predictor predictor(model, 2);
  const auto result = predictor.predict(view(spot()));
  EXPECT_TRUE(result.ng());
  EXPECT_GT(result.probability(), 0.9);
  ASSERT_EQ(result.boxes().size(), 1u);
  const paucal_edge_box box = result.boxes()[0];
  EXPECT_NEAR(box.x0, 4, 0.6);
  EXPECT_NEAR(box.y0, 2, 0.6);
  EXPECT_NEAR(box.x1, 8, 0.6);
  EXPECT_NEAR(box.y1, 5, 0.6);
  int width = 0, height = 0;
  const float* heat = result.heat(width, height);
  ASSERT_EQ(width * height, 16 * 12);
  EXPECT_FLOAT_EQ(heat[2 * 16 + 4], 1);
  EXPECT_FLOAT_EQ(heat[0], 0);
  EXPECT_THAT(result.json(), HasSubstr("\"verdict\":\"NG\""));

  const auto clean = predictor.predict(view(Image(16, 12, 1)));
  EXPECT_FALSE(clean.ng());
  EXPECT_TRUE(clean.boxes().empty());
}

TEST(EdgeApi, ReadsEveryFormatAndStride) {
  const uint8_t wide[] = {9, 200, 100, 50, 77, 9, 20, 10, 5, 77};  // 1 × 2, rows of 5 bytes
  const auto image = [&](const uint8_t* pixels, paucal_edge_format format) {
    return *to_image({pixels, 1, 2, 5, format}, 3);
  };
  EXPECT_EQ(image(wide + 1, PAUCAL_EDGE_RGB8).pixels,
            (std::vector<uint8_t>{200, 100, 50, 20, 10, 5}));
  EXPECT_EQ(image(wide + 1, PAUCAL_EDGE_BGR8).pixels,
            (std::vector<uint8_t>{50, 100, 200, 5, 10, 20}));
  EXPECT_EQ(image(wide, PAUCAL_EDGE_GREY8).pixels, (std::vector<uint8_t>{9, 9, 9, 9, 9, 9}));
  const uint8_t clear[] = {7, 8, 9, 0};
  EXPECT_EQ(to_image({clear, 1, 1, 4, PAUCAL_EDGE_RGBA8}, 1)->pixels, std::vector<uint8_t>{255});
  const uint16_t deep[] = {20, 40, 60, 65535, 0, 7};
  const auto* bytes = reinterpret_cast<const uint8_t*>(deep);
  EXPECT_EQ(to_image({bytes, 2, 2, 6, PAUCAL_EDGE_GREY16}, 1)->deep,
            (std::vector<uint16_t>{20, 40, 65535, 0}));
  EXPECT_EQ(to_image({bytes, 1, 2, 6, PAUCAL_EDGE_RGB16}, 3)->deep,
            (std::vector<uint16_t>{20, 40, 60, 65535, 0, 7}));
}

TEST(EdgeApi, TellsItsAbi) {
  EXPECT_EQ(paucal_edge_abi(), PAUCAL_EDGE_ABI);
  EXPECT_EQ(paucal_edge_version(), PAUCAL_EDGE_VERSION);
}

TEST(EdgeApi, RefusesBadArguments) {
  paucal_edge_status status;
  const auto refused = [&](const void* handle, paucal_edge_code code, const char* message) {
    EXPECT_EQ(handle, nullptr);
    EXPECT_EQ(status.code, code);
    EXPECT_THAT(status.message, HasSubstr(message));
  };
  refused(paucal_edge_open(nullptr, &status), PAUCAL_EDGE_BAD_ARGUMENT, "path is NULL");
  refused(paucal_edge_open("/no/such", &status), PAUCAL_EDGE_BAD_MODEL, "No such file");
  refused(paucal_edge_load(nullptr, 3, &status), PAUCAL_EDGE_BAD_ARGUMENT, "data is NULL");
  refused(paucal_edge_load("abc", 3, &status), PAUCAL_EDGE_BAD_MODEL, "no Paucal model (3 bytes)");
  refused(paucal_edge_load("", 0, nullptr), PAUCAL_EDGE_BAD_MODEL, "");
  refused(paucal_edge_decode(nullptr, 3, &status), PAUCAL_EDGE_BAD_ARGUMENT, "data is NULL");
  refused(paucal_edge_decode("abc", 3, &status), PAUCAL_EDGE_BAD_IMAGE, "expected JPEG");
  refused(paucal_edge_decode_for(nullptr, "abc", 3, &status), PAUCAL_EDGE_BAD_ARGUMENT, "model is");
  refused(paucal_edge_predictor_new(nullptr, 1, &status), PAUCAL_EDGE_BAD_ARGUMENT, "model");

  const auto model = loaded_model();
  for (const int threads : {0, -1, 257})
    refused(paucal_edge_predictor_new(model.get(), threads, &status), PAUCAL_EDGE_BAD_ARGUMENT,
            "expected 1 to 256");
  paucal_edge_predictor* predictor = paucal_edge_predictor_new(model.get(), 1, &status);
  ASSERT_NE(predictor, nullptr);
  EXPECT_EQ(status.code, PAUCAL_EDGE_OK);
  EXPECT_STREQ(status.message, "");
  const Image good = spot();
  const auto refused_image = [&](auto change, const char* message) {
    paucal_edge_image image = view(good);
    change(image);
    refused(paucal_edge_predict(predictor, &image, &status), PAUCAL_EDGE_BAD_ARGUMENT, message);
  };
  using View = paucal_edge_image;
  refused_image([](View& v) { v.pixels = nullptr; }, "pixels is NULL");
  refused_image([](View& v) { v.width = 0; }, "0 x 12 pixels");
  refused_image([](View& v) { v.height = -1; }, "16 x -1 pixels");
  refused_image([](View& v) { v.width = v.height = INT32_MAX; }, "expected 1 to 150000000");
  refused_image([](View& v) { v.stride = 15; }, "a stride of 15 bytes, expected at least 16");
  refused_image([](View& v) { v.stride = SIZE_MAX / 2; }, "a stride of");
  refused_image(
      [](View& v) {
        const int unknown = 6;
        std::memcpy(&v.format, &unknown, sizeof unknown);
      },
      "format 6");
  refused(paucal_edge_predict(predictor, nullptr, &status), PAUCAL_EDGE_BAD_ARGUMENT, "image");
  refused(paucal_edge_predict(nullptr, nullptr, &status), PAUCAL_EDGE_BAD_ARGUMENT, "predictor");
  paucal_edge_predictor_free(predictor);
}

TEST(EdgeApi, ToleratesNull) {
  paucal_edge_model_free(nullptr);
  paucal_edge_predictor_free(nullptr);
  paucal_edge_result_free(nullptr);
  paucal_edge_pixels_free(nullptr);
  EXPECT_STREQ(paucal_edge_describe(nullptr), "");
  EXPECT_EQ(paucal_edge_class_count(nullptr), 0);
  EXPECT_EQ(paucal_edge_class_name(nullptr, 0), nullptr);
  EXPECT_EQ(paucal_edge_pixels_view(nullptr).pixels, nullptr);
  EXPECT_EQ(paucal_edge_result_ng(nullptr), -1);
  EXPECT_EQ(paucal_edge_result_label(nullptr), -1);
  EXPECT_EQ(paucal_edge_result_probability(nullptr), 0);
  EXPECT_EQ(paucal_edge_result_box_count(nullptr), 0u);
  EXPECT_EQ(paucal_edge_result_boxes(nullptr), nullptr);
  EXPECT_EQ(paucal_edge_result_heat(nullptr, nullptr, nullptr), nullptr);
  EXPECT_STREQ(paucal_edge_result_json(nullptr), "");
}

TEST(EdgeApi, CutsLongMessagesBetweenCharacters) {
  std::string path(600, 'a');
  for (size_t i = 0; i + 1 < path.size(); i += 2) path.replace(i, 2, "ä");
  for (const char* prefix : {"", "x"}) {
    paucal_edge_status status;
    EXPECT_EQ(paucal_edge_open((prefix + path).c_str(), &status), nullptr);
    const std::string message = status.message;
    EXPECT_GE(message.size(), sizeof status.message - 3);
    EXPECT_EQ(message.substr(message.size() - 2), "ä");
  }
}

TEST(EdgeApi, DecodesImageFiles) {
  const auto pixels = paucal_edge::decode(*encode_png(spot()));
  EXPECT_EQ(pixels.view().width, 16);
  EXPECT_EQ(pixels.view().format, PAUCAL_EDGE_GREY8);
  paucal_edge::predictor predictor(loaded_model());
  EXPECT_TRUE(predictor.predict(pixels.view()).ng());
  EXPECT_THROW(paucal_edge::decode(std::string("x")), paucal_edge::error);
}

TEST(EdgeApi, SharesAModelAmongThreads) {
  auto model = std::make_unique<paucal_edge::model>(loaded_model());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([predictor = std::make_shared<paucal_edge::predictor>(*model)] {
      for (int round = 0; round < 20; ++round) EXPECT_TRUE(predictor->predict(view(spot())).ng());
    });
  model.reset();  // predictors keep what they need
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace paucal::edge
