// The same from C++, where a detector frees itself and an error is an exception. Built like score.c, with c++ -std=c++17.
#include <iadnative.h>

#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

class Detector {
public:
    explicit Detector(const std::string &path) {
        iad_error error;
        iad_detector *loaded;
        if (iad_load(path.c_str(), &loaded, &error) != IAD_OK) throw std::runtime_error(error.message);
        detector_.reset(loaded);
    }

    std::size_t features() const { return static_cast<std::size_t>(iad_features(detector_.get())); }

    bool is_anomaly(float score) const { return score > iad_threshold(detector_.get()); }

    double percentile(float score) const { return iad_percentile(detector_.get(), score); }

    std::vector<float> score(const std::vector<float> &rows) const {
        std::vector<float> scores(rows.size() / features());
        iad_error error;
        if (iad_score_parallel(detector_.get(), rows.data(), scores.size(), scores.data(), 0, &error) != IAD_OK)
            throw std::runtime_error(error.message);
        return scores;
    }

private:
    struct Free {
        void operator()(iad_detector *detector) const { iad_free(detector); }
    };

    std::unique_ptr<iad_detector, Free> detector_;
};

std::vector<float> read_rows(std::istream &input, std::size_t features) {
    std::vector<float> rows;
    for (std::string line; std::getline(input, line);) {
        std::istringstream cells(line);
        std::size_t count = 0;
        for (std::string cell; std::getline(cells, cell, ','); count++) rows.push_back(std::stof(cell));
        if (count != features) throw std::runtime_error("A row has " + std::to_string(count) + " numbers, not " + std::to_string(features) + ".");
    }

    return rows;
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "score MODEL < ROWS\n";
        return 2;
    }

    try {
        const Detector detector(argv[1]);
        std::cout.precision(9);
        for (float score : detector.score(read_rows(std::cin, detector.features())))
            std::cout << score << ',' << detector.percentile(score) << ',' << (detector.is_anomaly(score) ? "anomaly" : "normal") << '\n';
    } catch (const std::exception &failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
