/* Paucal's models in C: open a model file, give it pixels, get a verdict, boxes and a heat map.
 *
 *   paucal_edge_status status;
 *   paucal_edge_model *model = paucal_edge_open("line3.paucal", &status);
 *   paucal_edge_predictor *predictor = paucal_edge_predictor_new(model, 2, &status);
 *   paucal_edge_image image = {pixels, 640, 480, 640, PAUCAL_EDGE_GREY8};
 *   paucal_edge_result *result = paucal_edge_predict(predictor, &image, &status);
 *   if (!result) fprintf(stderr, "%s\n", status.message);
 *
 * Errors: a function that can fail takes a `status`, which may be NULL; it is filled in every case,
 * with PAUCAL_EDGE_OK where all went well. What returns a pointer then returns NULL. Nothing is
 * thrown, printed or aborted. Model files and images may be hostile.
 *
 * Threads: a model is immutable, and any number of threads may use it at once. A predictor serves
 * one caller at a time: make one a thread; they share the model's weights. A result belongs to
 * whoever holds it. Handles may be freed in any order: a predictor keeps its model alive, a result
 * needs neither. Freeing NULL does nothing. */
#ifndef PAUCAL_EDGE_H
#define PAUCAL_EDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of functions, structures and numbers here: another one where programs that were compiled before
 * would no longer run with the library. The shared library is libpaucal-edge.so.ABI. Who loads it
 * at run time compares paucal_edge_abi() with the number that his program was written for. */
#define PAUCAL_EDGE_ABI 1
int paucal_edge_abi(void); /* as PAUCAL_EDGE_ABI */

/* Major changes break programs, minor ones add. Of the header, and of the library. */
#define PAUCAL_EDGE_VERSION_MAJOR 0
#define PAUCAL_EDGE_VERSION_MINOR 1
#define PAUCAL_EDGE_VERSION (PAUCAL_EDGE_VERSION_MAJOR * 1000 + PAUCAL_EDGE_VERSION_MINOR)
int paucal_edge_version(void);              /* as PAUCAL_EDGE_VERSION */
const char* paucal_edge_version_text(void); /* "0.1.0" */

typedef enum paucal_edge_code {
  PAUCAL_EDGE_OK = 0,
  PAUCAL_EDGE_BAD_ARGUMENT = 1, /* a NULL, a size that does not fit: an error of the caller */
  PAUCAL_EDGE_BAD_MODEL = 2,    /* the file can't be read, is damaged, or no model of this task */
  PAUCAL_EDGE_BAD_IMAGE = 3,    /* the image can't be decoded */
  PAUCAL_EDGE_RUN_FAILED = 4,   /* the network refuses this input: too large, for example */
  PAUCAL_EDGE_NO_MEMORY = 5
} paucal_edge_code;

typedef struct paucal_edge_status {
  paucal_edge_code code;
  char message[508]; /* "" where OK; UTF-8, cut where it is longer */
} paucal_edge_status;

typedef struct paucal_edge_model paucal_edge_model;
typedef struct paucal_edge_predictor paucal_edge_predictor;
typedef struct paucal_edge_result paucal_edge_result;
typedef struct paucal_edge_pixels paucal_edge_pixels;

/* ---- models ---- */

/* A file of `paucal export`, mapped into memory: it must not be changed while the model lives. The
 * path is UTF-8, on Windows too. */
paucal_edge_model* paucal_edge_open(const char* path, paucal_edge_status* status);
/* The same from memory, which is copied. */
paucal_edge_model* paucal_edge_load(const void* data, size_t size, paucal_edge_status* status);
void paucal_edge_model_free(paucal_edge_model* model);

/* The model's card as JSON: task, classes, pre-processing, calibration. Lives as the model does;
 * "" for NULL. */
const char* paucal_edge_describe(const paucal_edge_model* model);
int paucal_edge_class_count(const paucal_edge_model* model);
/* NULL where there is no such class. */
const char* paucal_edge_class_name(const paucal_edge_model* model, int label);

/* ---- images ---- */

typedef enum paucal_edge_format {
  PAUCAL_EDGE_GREY8 = 0,
  PAUCAL_EDGE_RGB8 = 1,
  PAUCAL_EDGE_BGR8 = 2,
  PAUCAL_EDGE_RGBA8 = 3,  /* alpha is composited over white, as in image files */
  PAUCAL_EDGE_GREY16 = 4, /* samples of 16 bits in the byte order of the machine, 0 to 65535 */
  PAUCAL_EDGE_RGB16 = 5
} paucal_edge_format;

/* Borrowed pixels, rows from the top, at most as many as the model was trained on (150 million). */
typedef struct paucal_edge_image {
  const uint8_t* pixels;
  int width, height;
  size_t stride; /* bytes from a row to the next; at least width × bytes a pixel */
  paucal_edge_format format;
} paucal_edge_image;

/* The pixels of a JPEG, PNG, WebP, BMP or PNM file: grey or RGB of 8 bits, upright. */
paucal_edge_pixels* paucal_edge_decode(const void* data, size_t size, paucal_edge_status* status);
/* The same as the model's images were read in training: data.max_pixels, input.bits, input.depth.
 * Of 16 bits where the file has more than 8 and the model reads them. */
paucal_edge_pixels* paucal_edge_decode_for(const paucal_edge_model* model, const void* data,
                                           size_t size, paucal_edge_status* status);
/* Borrowed: lives as the pixels do. */
paucal_edge_image paucal_edge_pixels_view(const paucal_edge_pixels* pixels);
void paucal_edge_pixels_free(paucal_edge_pixels* pixels);

/* ---- predictions ---- */

/* threads: 1 to 256, with the caller's. */
paucal_edge_predictor* paucal_edge_predictor_new(const paucal_edge_model* model, int threads,
                                                 paucal_edge_status* status);
void paucal_edge_predictor_free(paucal_edge_predictor* predictor);

/* An image larger than the tiles that the model was trained on (input.tile of its card) is seen
 * tile by tile, so memory for the network does not grow with it. */
paucal_edge_result* paucal_edge_predict(paucal_edge_predictor* predictor,
                                        const paucal_edge_image* image, paucal_edge_status* status);
void paucal_edge_result_free(paucal_edge_result* result);

/* Inspection: 1 NG, 0 OK. Classification: -1. Also -1 for NULL. */
int paucal_edge_result_ng(const paucal_edge_result* result);
/* Of NG, or of the class; 0 to 1. */
double paucal_edge_result_probability(const paucal_edge_result* result);
/* Most likely class (inspection: of the defect); -1 where there is none. */
int paucal_edge_result_label(const paucal_edge_result* result);

/* Half-open, in pixels of the image that was given: pixel (0, 0) alone is 0, 0, 1, 1. */
typedef struct paucal_edge_box {
  float x0, y0, x1, y1;
  float score;
  int label;
} paucal_edge_box;
size_t paucal_edge_result_box_count(const paucal_edge_result* result);
/* As many as box_count, lives as the result does; NULL where there are none. */
const paucal_edge_box* paucal_edge_result_boxes(const paucal_edge_result* result);

/* Heat, about 0 to 1 and not clamped, rows from the top, at the network's resolution: it covers the
 * whole image, and width × height floats live as the result does. Either size may be NULL. */
const float* paucal_edge_result_heat(const paucal_edge_result* result, int* width, int* height);
/* All of it but the heat as JSON, as `paucal-edge predict` prints it. */
const char* paucal_edge_result_json(const paucal_edge_result* result);

#ifdef __cplusplus
}
#endif
#endif
