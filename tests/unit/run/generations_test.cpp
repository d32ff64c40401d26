#include "host/run/generations.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

#include "host/link/file_descriptor.hpp"

namespace handfast::run {
namespace {

using control::SocketKey;

class GenerationsTest : public testing::Test {
protected:
    ~GenerationsTest() override { std::filesystem::remove_all(path_); }

    [[nodiscard]] int folder() const { return folder_.get(); }
    [[nodiscard]] std::filesystem::path file() const {
        return std::filesystem::path{path_} / generations_name;
    }

private:
    std::string path_{[] {
        std::string path = testing::TempDir() + "handfast-XXXXXX";
        return std::string{::mkdtemp(path.data())};
    }()};
    link::FileDescriptor folder_{::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
};

TEST_F(GenerationsTest, are_seen_by_who_has_opened_them_before) {
    auto netds = Generations::make(folder());
    ASSERT_TRUE(netds);
    const auto supervisors = Generations::open(folder());
    EXPECT_EQ(supervisors.of(SocketKey{7}), 0U);
    netds->raise(SocketKey{7});
    EXPECT_EQ(supervisors.of(SocketKey{7}), 1U);
    EXPECT_EQ(supervisors.of(SocketKey{8}), 0U);
}

TEST_F(GenerationsTest, are_for_any_key) {
    auto netds = Generations::make(folder());
    ASSERT_TRUE(netds);
    netds->raise(SocketKey{~0ULL});
    EXPECT_EQ(netds->of(SocketKey{~0ULL}), 1U);
}

TEST_F(GenerationsTest, of_the_next_daemon_are_not_those_of_the_last) {
    auto before = Generations::make(folder());
    ASSERT_TRUE(before);
    auto after = Generations::make(folder());
    ASSERT_TRUE(after);
    after->raise(SocketKey{7});
    EXPECT_EQ(before->of(SocketKey{7}), 0U);
}

TEST_F(GenerationsTest, are_none_without_a_whole_file) {
    EXPECT_FALSE(Generations::open(folder()).of(SocketKey{7}));
    ASSERT_TRUE(Generations::make(folder()));
    std::filesystem::resize_file(file(), 4096);
    EXPECT_FALSE(Generations::open(folder()).of(SocketKey{7}));
    Generations{}.raise(SocketKey{7});
}

TEST_F(GenerationsTest, are_the_users_own) {
    ASSERT_TRUE(Generations::make(folder()));
    struct stat facts{};
    ASSERT_EQ(::stat(file().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

}  // namespace
}  // namespace handfast::run
