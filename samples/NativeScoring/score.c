/*
 * Scoring from C. To make a model, the library, and try:
 *
 *   dotnet run -c Release --project src/IadNative.Cli -- fit samples/satellite.csv.gz --label label --out satellite.iad
 *   dotnet publish src/IadNative.Native -c Release -r linux-x64 -o native
 *   cc -O2 -Inative/include samples/NativeScoring/score.c -o score -Lnative -l:libiadnative.so -Wl,-rpath,"$PWD/native"
 *   zcat samples/satellite.csv.gz | sed 1d | cut -d, -f1-36 | head -5 | ./score satellite.iad
 *
 * A line of standard input is a row: numbers with commas between them, an empty one where a cell is missing. Each gets a line: score,
 * percentile among the training scores, normal or anomaly, and the column that adds most to the score where the detector tells.
 */
#include <iadnative.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a row's numbers; how many there were, or -1 for a cell that is none. */
static int read_row(char *line, float *row, int features) {
    int count = 0;
    for (char *cell = line; cell != NULL; count++) {
        char *comma = strchr(cell, ',');
        if (comma != NULL) *comma = '\0';
        cell[strcspn(cell, "\r\n")] = '\0';
        char *end = cell;
        float value = *cell == '\0' ? NAN : strtof(cell, &end);
        if (*end != '\0') return -1;
        if (count < features) row[count] = value;
        cell = comma == NULL ? NULL : comma + 1;
    }

    return count;
}

static void print_largest(const iad_detector *detector, const float *contributions, int features) {
    int largest = 0;
    for (int i = 1; i < features; i++) {
        if (contributions[i] > contributions[largest]) largest = i;
    }

    char name[256];
    iad_feature_name(detector, largest, name, sizeof name);
    printf(",%s", name);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "score MODEL < ROWS\n");
        return 2;
    }

    iad_error error;
    iad_detector *detector;
    if (iad_load(argv[1], &detector, &error) != IAD_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }

    int features = iad_features(detector), code = 0;
    float *row = malloc(sizeof(float) * features), *contributions = malloc(sizeof(float) * features);
    char line[1 << 16];
    for (int number = 1; code == 0 && fgets(line, sizeof line, stdin) != NULL; number++) {
        int count = read_row(line, row, features);
        float score;
        if (count != features) {
            fprintf(stderr, "Line %d is no row of %d numbers.\n", number, features);
            code = 1;
        } else if (iad_score(detector, row, 1, &score, &error) != IAD_OK) {
            fprintf(stderr, "%s\n", error.message);
            code = 1;
        } else {
            printf("%.9g,%.1f,%s", score, iad_percentile(detector, score), score > iad_threshold(detector) ? "anomaly" : "normal");
            if (iad_explain(detector, row, 1, contributions, NULL) == IAD_OK)
                print_largest(detector, contributions, features);
            printf("\n");
        }
    }

    free(contributions);
    free(row);
    iad_free(detector);
    return code;
}
