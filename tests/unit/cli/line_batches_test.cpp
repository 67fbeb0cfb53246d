// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/line_batches.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "common/core/error.hpp"

namespace tocsin::cli::commands {
namespace {

using Numbers = std::vector<std::size_t>;

/// A pipe with an end to write to.
class Input {
 public:
    Input() {
        if (pipe(ends_.data()) != 0) ADD_FAILURE() << "no pipe";
    }
    ~Input() {
        end();
        close(ends_[0]);
    }
    Input& put(std::string_view text) {
        EXPECT_EQ(write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
        return *this;
    }
    void end() {
        if (ends_[1] >= 0) close(ends_[1]);
        ends_[1] = -1;
    }
    int reader() const { return ends_[0]; }

 private:
    std::array<int, 2> ends_{-1, -1};
};

TEST(LineBatches, BlankLinesAreDroppedButCounted) {
    Input input;
    input.put("a\n\n \t\r\nb\nc").end();
    LineBatches batches(input.reader());
    const auto batch = batches.next();
    EXPECT_EQ(batch.body, "a\nb\nc\n");
    EXPECT_EQ(batch.line_numbers, (Numbers{1, 4, 5}));
    EXPECT_TRUE(batches.next().empty());
}

TEST(LineBatches, EmptyInputHasNone) {
    Input input;
    input.put("\n\n").end();
    EXPECT_TRUE(LineBatches(input.reader()).next().empty());
}

TEST(LineBatches, ABatchEndsAtItsLimits) {
    Input input;
    input.put("1\n2\n3\n4444\n55\n").end();
    LineBatches batches(input.reader(), {.lines = 2, .bytes = 6, .line_bytes = 100, .patience = {}});
    EXPECT_EQ(batches.next().line_numbers, (Numbers{1, 2}));
    EXPECT_EQ(batches.next().line_numbers, (Numbers{3}));
    EXPECT_EQ(batches.next().line_numbers, (Numbers{4}));
    EXPECT_EQ(batches.next().body, "55\n");
    EXPECT_TRUE(batches.next().empty());
}

TEST(LineBatches, AQuietInputDoesNotHoldALineBack) {
    Input input;
    input.put("a\nb\npart");
    LineBatches batches(input.reader());
    EXPECT_EQ(batches.next().body, "a\nb\n");
    input.put("ial\n");
    EXPECT_EQ(batches.next().body, "partial\n");
}

TEST(LineBatches, ALineThatIsTooLongIsRefusedAfterWhatCameBefore) {
    Input input;
    input.put("a\n0123456789\n").end();
    LineBatches batches(input.reader(), {.line_bytes = 5});
    EXPECT_EQ(batches.next().body, "a\n");
    try {
        batches.next();
        ADD_FAILURE();
    } catch (const core::Error& error) {
        EXPECT_EQ(error.code(), core::Code::too_large);
        EXPECT_EQ(error.line(), 2U);
    }
}

}  // namespace
}  // namespace tocsin::cli::commands
