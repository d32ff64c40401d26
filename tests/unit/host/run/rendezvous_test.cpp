#include "host/run/rendezvous.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/base/check.hpp"

namespace handfast::run {
namespace {

namespace fs = std::filesystem;

class Folder {
public:
    Folder() : path_{(fs::temp_directory_path() / "handfast-test-XXXXXX").native()} {
        HF_CHECK(::mkdtemp(path_.data()) != nullptr);
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    Folder(Folder&&) = delete;
    Folder& operator=(Folder&&) = delete;

    [[nodiscard]] fs::path path() const { return path_; }

private:
    std::string path_;
};

TEST(Rendezvous, is_where_the_user_says_or_where_his_session_lives) {
    Surroundings around{.handfast_dir = "/somewhere",
                        .runtime_dir = "/run/user/77",
                        .for_all = "/dev/shm",
                        .user = 123'456'789};
    EXPECT_EQ(folder_of("net", around), fs::path{"/somewhere/net"});
    around.handfast_dir.reset();
    EXPECT_EQ(folder_of("net", around), fs::path{"/run/user/77/handfast/net"});
    around.runtime_dir.reset();
    EXPECT_EQ(folder_of("net", around), fs::path{"/dev/shm/handfast-123456789/net"});
}

TEST(Rendezvous, refuses_names_that_lead_elsewhere) {
    const Surroundings around{
        .handfast_dir = "/somewhere", .runtime_dir = {}, .for_all = "/tmp", .user = 1};
    EXPECT_FALSE(folder_of("../net", around));
    EXPECT_FALSE(folder_of("..", around));
    EXPECT_FALSE(folder_of("", around));
    EXPECT_FALSE(folder_of("a b", around));
    EXPECT_FALSE(folder_of(std::string(64, 'a'), around));
    EXPECT_TRUE(folder_of("my-net_1.0", around));
}

TEST(Rendezvous, makes_folders_that_only_we_may_enter) {
    const Folder folder;
    const fs::path path = folder.path() / "handfast" / "net";
    ASSERT_TRUE(make_folder(path));
    struct stat facts{};
    ASSERT_EQ(::stat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0700U);
    EXPECT_TRUE(open_folder(path));
}

TEST(Rendezvous, refuses_a_folder_that_others_may_enter) {
    const Folder folder;
    ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
    const auto opened = open_folder(folder.path());
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().text.find("chmod 700"), std::string::npos);
}

TEST(Rendezvous, says_that_no_network_is_up) {
    const Folder folder;
    const auto none = find_running_netd("net", folder.path());
    ASSERT_FALSE(none);
    EXPECT_TRUE(none.error().text.starts_with("no network net is up: ")) << none.error().text;
    EXPECT_FALSE(find_running_netd("net", folder.path() / "nothing"));
}

TEST(Rendezvous, says_that_netd_is_not_installed) {
    const Folder folder;
    const auto none =
        find_netd("net", folder.path(), {.program = folder.path() / "no-netd", .arguments = {}});
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().text.find("no-netd"), std::string::npos);
}

}  // namespace
}  // namespace handfast::run
