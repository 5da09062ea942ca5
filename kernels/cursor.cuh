// Where training is. It lies on the device, so that the launches of a step are the same for all steps and can be replayed:
// kernels that depend on it read it, Adam moves it to the next batch and the end of an epoch to the next epoch.
#pragma once

struct CursorRecord {
    int start; // first sample of the batch in the epoch's order
    int epoch; // within the round
    int round; // of IAD
};
