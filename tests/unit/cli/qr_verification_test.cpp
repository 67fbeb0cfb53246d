// SPDX-License-Identifier: Apache-2.0
// What a reader tells about a picture, held against what was meant; programs of sh stand for the reader.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <functional>

#include "cli/qr/reading/helper_process.hpp"
#include "cli/qr/reading/verify.hpp"
#include "common/core/exit_status.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::cli::qr::reading {
namespace {

using tocsin::qr::encoding::Family;
using tocsin::qr::encoding::Level;
using tocsin::qr::encoding::Symbol;

constexpr std::string_view hello =
    R"({"format":"qr","level":"M","eci":null,"index":0,"count":1,"parity":0,"bytes":"6869","text":"6869"})"
    "\n";

/// What it throws; a status of 0 when it throws nothing.
core::Exit exit_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const core::Exit& exit) {
        return exit;
    }
    return core::Exit(core::ExitStatus::ok, core::Code::internal, "nothing was thrown");
}

std::string changed(std::string_view from, std::string_view to) {
    std::string line(hello);
    return line.replace(line.find(from), from.size(), to);
}

TEST(Readings, ALineIsACode) {
    const auto readings = parse_readings(hello);
    ASSERT_EQ(readings.size(), 1U);
    EXPECT_EQ(readings[0].bytes, "hi");
    EXPECT_EQ(readings[0].text, "hi");
    EXPECT_EQ(readings[0].traits.family, Family::qr);
    EXPECT_EQ(readings[0].traits.level, Level::medium);
    EXPECT_EQ(readings[0].traits.eci, std::nullopt);
    EXPECT_EQ(readings[0].traits.part.count, 1);
}

TEST(Readings, KeepEveryByteAndTrait) {
    const auto readings =
        parse_readings(std::string(hello) + R"({"format":"micro","level":"Q","eci":26,"index":2,"count":16,)"
                                            R"("parity":255,"bytes":"00ff0A","text":""})"
                                            "\n");
    ASSERT_EQ(readings.size(), 2U);
    EXPECT_EQ(readings[1].bytes, std::string("\0\xff\n", 3));
    EXPECT_EQ(readings[1].text, "");
    EXPECT_EQ(readings[1].traits.family, Family::micro);
    EXPECT_EQ(readings[1].traits.level, Level::quartile);
    EXPECT_EQ(readings[1].traits.eci, 26);
    EXPECT_EQ(readings[1].traits.part.index, 2);
    EXPECT_EQ(readings[1].traits.part.count, 16);
    EXPECT_EQ(readings[1].traits.part.parity, 255);
}

TEST(Readings, NoLineIsNoCode) { EXPECT_TRUE(parse_readings("").empty()); }

TEST(Readings, RefuseWhatIsNoAnswer) {
    for (const std::string& lines :
         {std::string("x\n"), std::string("{}\n"), std::string("\n"),
          std::string(hello.substr(0, hello.size() - 1)), std::string(hello) + "x", changed("\"M\"", "\"X\""),
          changed("\"M\"", "\"\""), changed("\"M\"", "1"), changed("\"qr\"", "\"aztec\""),
          changed("6869", "686"), changed("6869", "68g9"), changed("6869", "+8"), changed("null", "\"26\""),
          changed("\"count\":1,", ""), changed("\"parity\":0", "\"parity\":256")})
        EXPECT_EQ(exit_of([&] { parse_readings(lines); }).status(), core::ExitStatus::software) << lines;
}

TEST(TraitsOf, AreTheSymbolsOwn) {
    const auto plain = traits_of(Symbol::encode("hi", {.level = Level::high}));
    EXPECT_EQ(plain.family, Family::qr);
    EXPECT_EQ(plain.level, Level::high);
    EXPECT_EQ(plain.eci, std::nullopt);
    EXPECT_EQ(plain.part.count, 1);
    EXPECT_EQ(traits_of(Symbol::encode("ü", {})).eci, 26);
    const auto micro = traits_of(Symbol::encode("1", {.level = Level::low, .family = Family::micro}));
    EXPECT_EQ(micro.family, Family::micro);
    const auto parts = tocsin::qr::encoding::encode_parts("hi", {}, 2);
    EXPECT_EQ(traits_of(parts[1]).part.index, 1);
    EXPECT_EQ(traits_of(parts[1]).part.count, 2);
    EXPECT_EQ(traits_of(parts[1]).part.parity, 'h' ^ 'i');
}

class Difference : public testing::Test {
 protected:
    std::string against(std::string_view text, Compare compare = Compare::bytes) const {
        return difference(found, meant, text, compare).value_or("none");
    }
    /// As the second of three parts.
    void make_part() {
        found = {found[0], found[0], found[0]};
        meant = {meant[0], meant[0], meant[0]};
        for (int i = 0; i < 3; ++i) {
            const auto at = static_cast<std::size_t>(i);
            found[at].traits.part = meant[at].part = {i, 3, 17};
        }
    }

    std::vector<Reading> found = parse_readings(hello);
    std::vector<Traits> meant{found[0].traits};
};

TEST_F(Difference, NoneWhenAllIsAsMeant) { EXPECT_EQ(against("hi"), "none"); }

TEST_F(Difference, OneByte) {
    EXPECT_EQ(against("hI"), "byte 2 of its text is read as 0x69 instead of 0x49");
    found[0].bytes = "\xc3\xbc";
    EXPECT_EQ(against("\xfc\xbc"), "byte 1 of its text is read as 0xc3 instead of 0xfc");
}

TEST_F(Difference, TooFewOrTooManyBytes) {
    EXPECT_EQ(against("high"), "its text has 2 bytes instead of 4");
    EXPECT_EQ(against("h"), "its text has 2 bytes instead of 1");
    EXPECT_EQ(against(std::string_view("hi\0", 3)), "its text has 2 bytes instead of 3");
}

TEST_F(Difference, BytesCountAndNotWhatTheyAreTakenFor) {
    found[0].bytes = "\xfc";
    found[0].text = "ü";
    EXPECT_NE(against("ü"), "none");
    EXPECT_EQ(against("\xfc"), "none");
}

TEST_F(Difference, KanjiAreComparedAsText) {
    found[0].bytes = "\x93\x5f";
    found[0].text = "点";
    EXPECT_EQ(against("点", Compare::text), "none");
    EXPECT_NE(against("点"), "none");
    EXPECT_NE(against("占", Compare::text), "none");
}

TEST_F(Difference, NumberOfCodes) {
    found.push_back(found[0]);
    EXPECT_EQ(against("hi"), "2 codes are found instead of 1");
    found.clear();
    EXPECT_EQ(against("hi"), "no code is found in the picture");
}

TEST_F(Difference, EachTrait) {
    meant[0].level = Level::high;
    EXPECT_EQ(against("hi"), "its level is read as M instead of H");
    meant[0].family = Family::micro;
    EXPECT_EQ(against("hi"), "it is read as a QR code instead of a Micro QR code");
    meant = {found[0].traits};
    meant[0].eci = 26;
    EXPECT_EQ(against("hi"), "it announces no character set instead of character set 26");
    found[0].traits.eci = 20;
    EXPECT_EQ(against("hi"), "it announces character set 20 instead of character set 26");
}

TEST_F(Difference, PartsHoldTheTextTogether) {
    make_part();
    EXPECT_EQ(against("hihihi"), "none");
    EXPECT_EQ(against("hihiho"), "byte 6 of its text is read as 0x69 instead of 0x6f");
    EXPECT_EQ(against("hi"), "its text has 6 bytes instead of 2");
}

TEST_F(Difference, PartsHaveTheirOrderAndParity) {
    make_part();
    std::swap(found[1], found[2]);
    EXPECT_EQ(against("hihihi"),
              "it is read as part 3 of 3 with parity 17 instead of part 2 of 3 with parity 17");
    make_part();
    found[0].traits.part.parity = 18;
    EXPECT_EQ(against("hihihi"),
              "it is read as part 1 of 3 with parity 18 instead of part 1 of 3 with parity 17");
    make_part();
    found[0].traits.part.count = 1;
    EXPECT_NE(against("hihihi"), "none");
}

class Helper : public testing::Test {
 protected:
    /// A program that runs these lines of sh.
    std::string program(std::string_view lines) const {
        std::string path = folder_.path() / "helper";
        std::ofstream(path) << "#!/bin/sh\n" << lines << "\n";
        chmod(path.c_str(), 0700);
        return path;
    }

 private:
    tests::TemporaryFolder folder_;
};

TEST_F(Helper, GetsEveryByteAndGivesEveryByte) {
    std::string input;
    for (int i = 0; i < 3'000'000; ++i) input += static_cast<char>(i * 7 % 251);
    const Ended ended = run_helper(program("exec cat"), input);
    EXPECT_EQ(ended.status, 0);
    EXPECT_TRUE(ended.output == input);
}

TEST_F(Helper, NeedNotReadItsInput) {
    const Ended ended = run_helper(program("exec echo done"), std::string(3'000'000, 'x'));
    EXPECT_EQ(ended.output, "done\n");
}

TEST_F(Helper, TellsItsStatus) {
    EXPECT_EQ(run_helper(program("exit 7"), "").status, 7);
    EXPECT_EQ(run_helper(program("kill -KILL $$"), "").status, 128 + SIGKILL);
}

TEST_F(Helper, ReceivesSignalsThoughItsStarterDoesNot) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const Ended ended = run_helper(program("kill -TERM $$"), "");
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    EXPECT_EQ(ended.status, 128 + SIGTERM);
}

TEST_F(Helper, IsNamedWithItsPackageWhenItIsNotThere) {
    const core::Exit exit = exit_of([] { read_back("x", "/nowhere/tocsin-qr-verify"); });
    EXPECT_EQ(exit.status(), core::ExitStatus::no_service);
    EXPECT_EQ(exit.code(), core::Code::unavailable);
    EXPECT_STREQ(exit.what(), "can't run /nowhere/tocsin-qr-verify (No such file or directory)");
    EXPECT_EQ(exit.hint(), "install the package tocsin, which brings it");
}

TEST_F(Helper, LiesBesideTheRunningProgram) {
    EXPECT_TRUE(reader_program().ends_with("/tests/bin/tocsin-qr-verify")) << reader_program();
}

TEST_F(Helper, AnswersAreReadings) {
    const auto readings = read_back("x", program("cat <<'END'\n" + std::string(hello) + "END"));
    ASSERT_EQ(readings.size(), 1U);
    EXPECT_EQ(readings[0].bytes, "hi");
}

TEST_F(Helper, FindingNothingIsNoFailureButOthersAre) {
    EXPECT_TRUE(read_back("x", program("exit 66")).empty());
    for (const char* lines : {"exit 65", "exit 74", "kill -SEGV $$", "echo nonsense"})
        EXPECT_EQ(exit_of([&] { read_back("x", program(lines)); }).status(), core::ExitStatus::software)
            << lines;
}

}  // namespace
}  // namespace tocsin::cli::qr::reading
