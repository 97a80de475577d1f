/* edge_predict_c MODEL IMAGE: one JSON line; 0 where the image is OK, 1 where it is NG. */
#include <paucal_edge.h>
#include <stdio.h>
#include <stdlib.h>

static int give_up(const char *what, const paucal_edge_status *status) {
  fprintf(stderr, "%s: %s\n", what, status->message);
  return 2;
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "edge_predict_c MODEL IMAGE\n"), 2;
  FILE *file = fopen(argv[2], "rb");
  if (!file) return perror(argv[2]), 2;
  size_t capacity = 64 << 20, size;
  void *bytes = malloc(capacity);
  size = bytes ? fread(bytes, 1, capacity, file) : 0;
  fclose(file);

  paucal_edge_status status;
  paucal_edge_model *model = paucal_edge_open(argv[1], &status);
  if (!model) return give_up(argv[1], &status);
  /* read as in training */
  paucal_edge_pixels *pixels = paucal_edge_decode_for(model, bytes, size, &status);
  free(bytes);
  if (!pixels) return give_up(argv[2], &status);
  paucal_edge_predictor *predictor = paucal_edge_predictor_new(model, 1, &status);
  if (!predictor) return give_up(argv[1], &status);
  paucal_edge_image image = paucal_edge_pixels_view(pixels);
  paucal_edge_result *result = paucal_edge_predict(predictor, &image, &status);
  if (!result) return give_up(argv[2], &status);
  puts(paucal_edge_result_json(result));
  int ng = paucal_edge_result_ng(result) == 1;
  paucal_edge_result_free(result);
  paucal_edge_predictor_free(predictor);
  paucal_edge_model_free(model);
  paucal_edge_pixels_free(pixels);
  return ng;
}
