// SPDX-License-Identifier: Apache-2.0
#include "daemon/eventlog/watchers.hpp"

#include <utility>

namespace tocsin::daemon::eventlog {

class Watchers::Entry final : public Watch {
 public:
    Entry(Watchers& owner, std::list<std::function<void()>>::iterator place) : owner_(owner), place_(place) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() override {
        const std::lock_guard lock(owner_.mutex_);
        owner_.wakes_.erase(place_);
    }

 private:
    Watchers& owner_;
    std::list<std::function<void()>>::iterator place_;
};

std::unique_ptr<Watch> Watchers::add(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    return std::make_unique<Entry>(*this, wakes_.insert(wakes_.end(), std::move(wake)));
}

void Watchers::notify() const {
    const std::lock_guard lock(mutex_);
    for (const auto& wake : wakes_) wake();
}

}  // namespace tocsin::daemon::eventlog
