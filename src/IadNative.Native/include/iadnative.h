/*
 * IadNative for C and what speaks C: load a detector that `iad fit --out` or AnomalyDetector.Save wrote, score rows, explain them.
 *
 * There is no global state. A detector may be used by any number of threads at once, until iad_free. Nothing that is passed in is kept.
 * Text is UTF-8. Every function checks its arguments as far as C allows: a null pointer is an error, a wrong one is not noticed.
 */
#ifndef IADNATIVE_H
#define IADNATIVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32) && !defined(IADNATIVE_STATIC)
#define IAD_API __declspec(dllimport)
#else
#define IAD_API
#endif

/* A loaded detector. */
typedef struct iad_detector iad_detector;

typedef enum iad_status {
    IAD_OK = 0,
    IAD_ERROR_ARGUMENT = 1,    /* a null pointer, or a number out of its range */
    IAD_ERROR_FILE = 2,        /* the file is not there or cannot be read */
    IAD_ERROR_FORMAT = 3,      /* the bytes are no model, damaged, of a newer version, or take more memory than they may */
    IAD_ERROR_MEMORY = 4,      /* there is no memory left */
    IAD_ERROR_UNSUPPORTED = 5, /* this kind of detector cannot do that */
    IAD_ERROR_INTERNAL = 6     /* a fault of the library; the message says which */
} iad_status;

typedef enum iad_kind { IAD_NUMBER = 0, IAD_BOOLEAN = 1, IAD_CATEGORY = 2 } iad_kind;

/* What an error says: a sentence, cut where it does not fit. Pass null where it is of no interest. */
typedef struct iad_error {
    char message[512];
} iad_error;

/* The library's version, such as "0.1.0"; it lives as long as the library. */
IAD_API const char *iad_version(void);

/* Loads a model file. On success *detector is to be freed by iad_free; otherwise it is null. Nothing in the file is trusted. */
IAD_API iad_status iad_load(const char *path, iad_detector **detector, iad_error *error);

/* The same from bytes in memory, which are not needed afterwards. */
IAD_API iad_status iad_load_bytes(const void *bytes, size_t length, iad_detector **detector, iad_error *error);

/* Frees a detector that no thread uses any more; null is passed over. */
IAD_API void iad_free(iad_detector *detector);

/* d: numbers of a row. */
IAD_API int32_t iad_features(const iad_detector *detector);

/* Scores above this are anomalies. */
IAD_API float iad_threshold(const iad_detector *detector);

/*
 * The columns of a row as JSON: {"features": [{"name": "...", "kind": "number"}, {"name": "...", "kind": "category", "levels": [...]}],
 * "image": null, "model": "svdd", "createdBy": "0.1.0"}. A category's cell holds the place of its level, from 0; a boolean's 0 or 1.
 * Writes at most `size` bytes, the closing zero among them, and returns the bytes of the whole text without it; 0 is a null detector.
 */
IAD_API size_t iad_schema(const iad_detector *detector, char *text, size_t size);

/* The name of feature `index`, written and counted like the schema; 0 where there is no such feature. */
IAD_API size_t iad_feature_name(const iad_detector *detector, int32_t index, char *text, size_t size);

/* What the cells of feature `index` are; -1 where there is no such feature. */
IAD_API int32_t iad_feature_kind(const iad_detector *detector, int32_t index);

/*
 * Anomaly scores of n rows of d numbers each, one behind the other: the higher, the more anomalous. A score that is not finite is FLT_MAX:
 * a number is not, or lies too far out. A missing cell is NaN; detectors that were fitted with an imputation fill it. Runs on the calling
 * thread and allocates nothing, but for buffers that are kept for later calls.
 */
IAD_API iad_status iad_score(const iad_detector *detector, const float *rows, size_t n, float *scores, iad_error *error);

/* The same for numbers that float is too coarse for, such as times in seconds. */
IAD_API iad_status iad_score_double(const iad_detector *detector, const double *rows, size_t n, float *scores, iad_error *error);

/* The same on up to `threads` threads, 0 for one per core. Scores do not depend on it. */
IAD_API iad_status iad_score_parallel(
    const iad_detector *detector, const float *rows, size_t n, float *scores, int32_t threads, iad_error *error);

/*
 * What each of d columns adds to the score of each of n rows, n times d numbers. With iad_explained_from they sum to the score of the row.
 */
IAD_API iad_status iad_explain(const iad_detector *detector, const float *rows, size_t n, float *contributions, iad_error *error);

/*
 * What contributions sum to a score from: 0 where a score is a sum over columns, else the score of a row of typical values, which rows are
 * compared with; NaN for a null detector.
 */
IAD_API float iad_explained_from(const iad_detector *detector);

/* Where a score stands among the training scores, 0 to 100; NaN for NaN or a null detector. */
IAD_API double iad_percentile(const iad_detector *detector, float score);

/* The share of normal rows that score so high or higher, a conformal p-value; NaN for NaN or a null detector. */
IAD_API double iad_p_value(const iad_detector *detector, float score);

#ifdef __cplusplus
}
#endif

#endif
