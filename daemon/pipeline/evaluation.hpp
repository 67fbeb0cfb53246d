// SPDX-License-Identifier: Apache-2.0
// The watch over an expression while it runs. Part of Pipeline.
#pragma once

#include "daemon/pipeline/pipeline.hpp"

namespace tocsin::daemon::pipeline {

/// On record while an expression runs: it may take for ever, or bring the daemon down.
class Pipeline::Evaluation {
 public:
    Evaluation(Pipeline& pipeline, Watched& watched, Seq seq)
        : pipeline_(pipeline),
          watched_(watched),
          place_(pipeline.around_.in_work.begin(pipeline.options().name, seq)) {
        watched_.seq = seq;
        watched_.since = pipeline.around_.clock.steady().time_since_epoch().count();
    }
    Evaluation(const Evaluation&) = delete;
    Evaluation& operator=(const Evaluation&) = delete;
    ~Evaluation() {
        const bool was_told = watched_.told.load() == watched_.since.exchange(0);
        if (was_told) pipeline_.note_unstuck();
        if (!pipeline_.abandoned_) pipeline_.around_.in_work.end(place_);
    }

 private:
    Pipeline& pipeline_;
    Watched& watched_;
    std::size_t place_;
};

}  // namespace tocsin::daemon::pipeline
