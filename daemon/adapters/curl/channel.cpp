// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/curl/channel.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <system_error>
#include <utility>

#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "common/core/version.hpp"

namespace tocsin::daemon::curl {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_header_bytes = 64U << 10;
constexpr milliseconds longest_wait{1000};

[[noreturn]] void fail(const std::string& what) {
    throw core::Error(core::Code::internal, "libcurl: " + what, "look for a newer libcurl4");
}

/// libcurl's global state; the constructor of each channel asks for it.
void begin_libcurl() {
    static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (result != CURLE_OK) fail(curl_easy_strerror(result));
}

/// The list that libcurl reads while a request lasts.
class HeaderList {
 public:
    explicit HeaderList(const std::vector<std::string>& lines) {
        for (const std::string& line : lines) {
            curl_slist* longer = curl_slist_append(list_.get(), line.c_str());
            if (longer == nullptr) fail("out of memory");
            static_cast<void>(list_.release());  // `longer` has it
            list_.reset(longer);
        }
    }
    curl_slist* get() const noexcept { return list_.get(); }

 private:
    struct Free {
        void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
    };
    std::unique_ptr<curl_slist, Free> list_;
};

/// An answer as it comes in, within its bounds.
class Reception {
 public:
    /// False ends the transfer.
    bool take_header(std::string_view line) {
        header_bytes_ += line.size();
        if (is_whole_) return header_bytes_ <= most_header_bytes;  // trailers: nothing in them counts
        if (line.starts_with("HTTP/"))
            begin(line);
        else if (line == "\r\n" || line == "\n")
            is_whole_ = answer_.status >= 200;  // what came before were interim answers
        else
            take_field(line);
        return header_bytes_ <= most_header_bytes;
    }

    /// False ends the transfer.
    bool take_body(std::string_view part) {
        const std::size_t room = kept_bytes - answer_.body.size();
        answer_.body += part.substr(0, room);
        return part.size() <= room;
    }

    bool is_whole() const noexcept { return is_whole_; }
    bool is_too_long() const noexcept { return header_bytes_ > most_header_bytes; }
    Answer take() { return std::move(answer_); }

 private:
    /// `HTTP/1.1 503 Service Unavailable`
    void begin(std::string_view line) {
        const std::size_t space = std::min(line.find(' '), line.size() - 1);
        answer_.status = core::parse_number<int>(line.substr(space + 1, 3)).value_or(0);
        answer_.retry_after.clear();
    }

    void take_field(std::string_view line) {
        constexpr std::string_view name = "retry-after:";
        if (line.size() < name.size() || curl_strnequal(line.data(), name.data(), name.size()) == 0) return;
        line.remove_prefix(name.size());
        constexpr std::string_view white_space = " \t\r\n";
        const std::size_t begin = std::min(line.find_first_not_of(white_space), line.size());
        const std::size_t end = line.find_last_not_of(white_space) + 1;
        answer_.retry_after = line.substr(begin, end - std::min(begin, end));
    }

    Answer answer_;
    std::size_t header_bytes_ = 0;
    bool is_whole_ = false;
};

std::size_t on_header(const char* bytes, std::size_t, std::size_t size, void* reception) noexcept {
    return static_cast<Reception*>(reception)->take_header({bytes, size}) ? size : 0;
}

std::size_t on_body(const char* bytes, std::size_t, std::size_t size, void* reception) noexcept {
    return static_cast<Reception*>(reception)->take_body({bytes, size}) ? size : 0;
}

/// Programs that the daemon starts must not inherit it.
curl_socket_t on_open(void*, curlsocktype, curl_sockaddr* address) noexcept {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::string to_words(milliseconds time) {
    return time % std::chrono::seconds(1) == milliseconds(0) ? std::to_string(time.count() / 1000) + " s"
                                                             : std::to_string(time.count()) + " ms";
}

}  // namespace

template <typename Value>
void Channel::set(CURLoption option, Value value) {
    const CURLcode result = curl_easy_setopt(easy_.get(), option, value);
    if (result != CURLE_OK) fail(curl_easy_strerror(result));
}

Channel::Channel(const Options& options) : options_(options) {
    begin_libcurl();
    multi_.reset(curl_multi_init());
    easy_.reset(curl_easy_init());
    if (!multi_ || !easy_) fail("out of memory");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 1L);
}

/// Before each request: libcurl 7.88 sends a request anew when the other side has closed the kept connection,
/// but counts that over the handle's life and gives up at the sixth; a reset begins the count again.
void Channel::set_up() {
    curl_easy_reset(easy_.get());
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_URL, options_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(CURLOPT_POST, 1L);
    set(CURLOPT_USERAGENT, (std::string("tocsin/") + core::version).c_str());
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a name server that does not answer holds up no stop
    set(CURLOPT_TIMEOUT_MS, long{options_.timeout.count()});
    set(CURLOPT_CONNECTTIMEOUT_MS, long{options_.connect_timeout.count()});
    set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options_.ca_file.empty()) {
        set(CURLOPT_CAINFO, options_.ca_file.c_str());
        set(CURLOPT_CAPATH, nullptr);  // Debian's default would still be trusted
    }
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_OPENSOCKETFUNCTION, &on_open);
}

Answer Channel::post(const Request& request, const std::stop_token& stop) {
    Reception reception;
    const HeaderList headers(request.headers);
    set_up();
    error_.fill('\0');
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.data());
    set(CURLOPT_HEADERDATA, &reception);
    set(CURLOPT_WRITEDATA, &reception);
    const std::optional<CURLcode> code = perform(stop);
    if (reception.is_whole()) return reception.take();
    Answer none;
    none.failure = !code                     ? "stopped"
                   : reception.is_too_long() ? "the answer's header is too long"
                                             : reason(*code);
    return none;
}

/// Nothing when it was stopped.
std::optional<CURLcode> Channel::perform(const std::stop_token& stop) {
    if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) fail("the request can't begin");
    const CURLcode code = run(stop);
    curl_multi_remove_handle(multi_.get(), easy_.get());
    return code == CURLE_ABORTED_BY_CALLBACK ? std::nullopt : std::optional(code);
}

CURLcode Channel::run(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this]() noexcept { curl_multi_wakeup(multi_.get()); });
    for (int running = 1; running > 0;) {
        if (stop.stop_requested()) return CURLE_ABORTED_BY_CALLBACK;
        if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
        if (running > 0)
            curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(longest_wait.count()), nullptr);
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
    return message == nullptr ? CURLE_GOT_NOTHING : message->data.result;
}

std::string Channel::reason(CURLcode code) const {
    long error = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error);
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT: return time_out();
        case CURLE_COULDNT_RESOLVE_HOST: return "the host's name is not known";
        case CURLE_GOT_NOTHING: return "closed without an answer";
        case CURLE_COULDNT_CONNECT:
            if (error == ECONNREFUSED) return "connection refused";
            return error == 0 ? "no connection" : std::generic_category().message(static_cast<int>(error));
        default: return error_.front() == '\0' ? curl_easy_strerror(code) : error_.data();
    }
}

/// Which of the limits it was.
std::string Channel::time_out() const {
    curl_off_t until_connected = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &until_connected);
    if (until_connected > 0) return "timeout after " + to_words(options_.timeout);
    return "no connection after " + to_words(std::min(options_.timeout, options_.connect_timeout));
}

}  // namespace tocsin::daemon::curl
