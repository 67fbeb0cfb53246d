// SPDX-License-Identifier: Apache-2.0
// A DeliveryStore in memory: what the port promises, without a disk.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/pipeline/delivery_store.hpp"

namespace tocsin::tests {

/// Thread rule: any thread. A settlement is done before `settle` returns.
class MemoryDeliveryStore final : public daemon::pipeline::DeliveryStore {
 public:
    std::vector<daemon::pipeline::Kept> pipelines() const override;
    void settle(daemon::pipeline::Settlement settlement, daemon::pipeline::Settled done) override;
    std::vector<daemon::pipeline::DeadLetter> dead_letters(
        const daemon::pipeline::DeadQuery& query) const override;
    std::uint64_t count(const daemon::pipeline::DeadQuery& query) const override;
    std::uint64_t drop(const daemon::pipeline::DeadQuery& query) override;
    std::vector<daemon::pipeline::Run> runs(std::string_view pipeline, std::size_t limit) const override;
    std::optional<daemon::pipeline::Run> run(std::string_view id) const override;

 private:
    void apply(const daemon::pipeline::Settlement& settlement);
    void put(const daemon::pipeline::DeadLetter& letter);

    mutable std::mutex mutex_;
    std::map<std::string, daemon::pipeline::Kept, std::less<>> pipelines_;
    std::map<daemon::pipeline::DeadId, daemon::pipeline::DeadLetter> letters_;
    std::vector<daemon::pipeline::Run> runs_;
    daemon::pipeline::DeadId last_id_ = 0;
};

}  // namespace tocsin::tests
