#include "edge/post/views.h"

#include <gtest/gtest.h>

#include "edge/post/test_card.h"

namespace paucal::edge {
namespace {

Image checkered(int width, int height) {
  Image image(width, height, 1);
  for (int i = 0; i < width * height; ++i)
    image.pixels[static_cast<size_t>(i)] = static_cast<uint8_t>(i * 37);
  return image;
}

// Every canvas that predict_raw() hands over is the one that was told beforehand.
void expect_foretold(const ModelCard& card, int width, int height, size_t count) {
  const Fitted fitted = fit_image(checkered(width, height), card.input);
  const Views views(card, fitted);
  EXPECT_EQ(views.count(), count);
  size_t calls = 0;
  const auto raw = predict_raw(card, fitted, [&](const Planes& canvas) -> Result<NetworkOutput> {
    const View view = views.at(calls++);
    EXPECT_EQ(view.canvas.width, canvas.width);
    EXPECT_EQ(view.canvas.height, canvas.height);
    EXPECT_EQ(view.canvas.values, canvas.values);
    return NetworkOutput{
        {1, canvas.height / 8, canvas.width / 8, std::vector<float>(canvas.plane() / 64)}};
  });
  ASSERT_TRUE(raw.ok()) << raw.failure().message;
  EXPECT_EQ(calls, count);
}

TEST(Views, TellWhatTheNetworkIsShown) {
  ModelCard card = grey_inspection();
  expect_foretold(card, 50, 40, 1);
  card.flips = true;
  expect_foretold(card, 50, 40, 4);
  card.input.tile = 32;
  card.input.tile_overlap = 0;
  expect_foretold(card, 64, 40, 2 * 2 * 4);
}

}  // namespace
}  // namespace paucal::edge
