// Where the processes around a network find each other: a folder of its own for each network and
// user, and in it
//
//   netd.sock   netd's control socket
//   netd.lock   who starts netd holds it (flock), so that there is one
//   netd.log    what netd has to say
//
// Folder: $HANDFAST_DIR/NAME, else $XDG_RUNTIME_DIR/handfast/NAME, else /run/user/UID/handfast/NAME
// if that is ours, else handfast-UID/NAME in /dev/shm (sockets get names: a disk would be slow) or,
// where that is missing, in /tmp. Nobody else may look into it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/link/failure.hpp"
#include "host/link/file_descriptor.hpp"
#include "host/run/control_channel.hpp"
#include "host/run/unix_address.hpp"

namespace handfast::run {

inline constexpr const char* socket_name = "netd.sock";
inline constexpr const char* log_name = "netd.log";

// What decides where the folder is.
struct Surroundings {
    std::optional<std::string> handfast_dir;
    std::optional<std::string> runtime_dir;
    std::string for_all{"/tmp"};  // where every user may make a folder
    uid_t user{0};
};
[[nodiscard]] Surroundings surroundings();  // of this process

// The folder's path; it need not exist.
[[nodiscard]] link::Result<std::filesystem::path> folder_of(std::string_view network,
                                                            const Surroundings& around);
// Makes the folder, and those above it, when they are not there.
[[nodiscard]] link::Result<void> make_folder(const std::filesystem::path& folder);
// Opens it (O_PATH) and checks whose it is, and that others may not enter.
[[nodiscard]] link::Result<link::FileDescriptor> open_folder(const std::filesystem::path& folder);

// netd's socket, by an open folder: a path of any length fits.
[[nodiscard]] UnixAddress socket_address(int folder);
// Null: somebody else has it.
[[nodiscard]] link::FileDescriptor try_lock(int folder);

// netd, as a client has found it.
struct Daemon {
    ControlChannel channel;
    std::uint64_t network_key{0};  // of ConnectionName
    std::string build;
    pid_t process{0};
};

struct StartNetd {
    std::filesystem::path program;       // handfast-netd
    std::vector<std::string> arguments;  // beside the folder and the network's name
};
// The one that is installed beside this program.
[[nodiscard]] std::filesystem::path netd_beside_this();

// Connects to the network's daemon, and starts it when there is none. Waits until it listens.
[[nodiscard]] link::Result<Daemon> find_netd(std::string_view network,
                                             const std::filesystem::path& folder,
                                             const StartNetd& start);
// Only if it is there: ENOENT, ECONNREFUSED.
[[nodiscard]] link::Result<Daemon> find_running_netd(std::string_view network,
                                                     const std::filesystem::path& folder);
// Ends it, of whatever version it is, and waits until it has gone.
[[nodiscard]] link::Result<void> end_netd(std::string_view network,
                                          const std::filesystem::path& folder);

}  // namespace handfast::run
