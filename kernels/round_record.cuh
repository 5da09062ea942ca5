// What the device tells of a run after a round; all 0 before, and all 0 where a score is not finite.
#pragma once

struct RoundRecord {
    unsigned long long doubled_ranks; // twice the sum of the anomalies' ranks, those of ties averaged
    double median;                    // s_med: the middle score, or the mean of the two middle ones
    double center;                    // weights are one half there: s_med, or the median of the densities
    double width;                     // from there to the closer end: min(s_med - s_min, s_max - s_med)
    double weight_mean;               // of the weights that follow from this round
    double weight_median;
    double normal_weight_mean;  // of the samples not labelled as anomalies; NaN where there are none
    double anomaly_weight_mean; // of those that are; NaN where there are none
    double normal_weight_median;  // 0 where there are none
    double anomaly_weight_median; // 0 where there are none
    double otsu_ratio;          // within-class over total variance at Otsu's threshold; 1 when all scores are equal
    float minimum;              // s_min
    float maximum;              // s_max
    int is_finite;              // whether all scores are
    int is_degenerate;          // whether the weights had to be 1, 0.5 and 0
    int flips;                  // h; 0 in the first round
    int distinct;               // different scores
    int anomalies;              // labelled ones
};
