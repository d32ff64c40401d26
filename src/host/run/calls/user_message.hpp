// Messages in a program's memory, as sendmsg(2) and recvmsg(2) describe them: pieces here and
// there, an address, ancillary data.
#pragma once

#include <cstdint>
#include <vector>

#include "host/run/call.hpp"
#include "host/run/process.hpp"

namespace handfast::run::calls {

struct UserSpan {
    std::uint64_t address{0};
    std::size_t size{0};
};

struct UserMessage {
    std::vector<UserSpan> parts;
    std::uint64_t name{0};         // where the address is, or is wanted; 0: nowhere
    std::uint64_t name_length{0};  // where its length is
    int name_size{0};
    UserSpan ancillary{};     // room for it
    std::uint64_t header{0};  // where the msghdr is; 0: there is none (sendto, recvfrom)

    [[nodiscard]] std::size_t size() const;
};

// EMSGSIZE: more than 1,024 pieces.
[[nodiscard]] Result<UserMessage> read_message(const Call& call, std::uint64_t header);

// All its octets. EMSGSIZE: more than `most`.
[[nodiscard]] Result<std::vector<std::byte>> gather(const Call& call,
                                                    const UserMessage& message,
                                                    std::size_t most);
// Into its pieces; what does not fit is left out.
[[nodiscard]] Result<void> scatter(const Call& call, const UserMessage& message, Bytes octets);

// What recvmsg(2) says beside the octets.
[[nodiscard]] Result<void> write_outcome(const Call& call,
                                         const UserMessage& message,
                                         Bytes ancillary,
                                         int flags);

}  // namespace handfast::run::calls
