// SPDX-License-Identifier: Apache-2.0
// One connection that is kept between requests.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "daemon/adapters/curl/answer.hpp"
#include "daemon/adapters/curl/options.hpp"
#include "daemon/adapters/curl/request.hpp"

namespace tocsin::daemon::curl {

/// Neither environment nor files of the user have a say: no proxy, no netrc, no cookies; a redirect is an
/// answer like any other. Thread rule: one thread at a time.
class Channel {
 public:
    /// Throws `internal` when libcurl can't begin. `options` outlive the channel.
    explicit Channel(const Options& options);
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel() = default;

    /// Ends within the limits of time, and at once when a stop is asked for. From the answer's last header
    /// line on its status counts, whatever becomes of its body.
    Answer post(const Request& request, const std::stop_token& stop);

 private:
    struct Cleanup {
        void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
    };
    struct MultiCleanup {
        void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
    };

    template <typename Value>
    void set(CURLoption option, Value value);
    void set_up();
    std::optional<CURLcode> perform(const std::stop_token& stop);
    CURLcode run(const std::stop_token& stop);
    std::string reason(CURLcode code) const;
    std::string time_out() const;

    const Options& options_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    std::unique_ptr<CURLM, MultiCleanup> multi_;  // has the connections: goes after what uses them
    std::unique_ptr<CURL, Cleanup> easy_;
};

}  // namespace tocsin::daemon::curl
