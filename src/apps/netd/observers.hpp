// Who watches the network: a ladder or a capture, written into a descriptor that a client gave us.
//
// The network does not wait for them: what a reader does not take in time is left out, and counted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/berkeley/errno.hpp"
#include "core/control/message.hpp"
#include "host/link/file_descriptor.hpp"
#include "observe/fan_out.hpp"

namespace handfast::netd {

struct HostRecord;
struct Realm;
class Client;
class ObserverEnd;

class Observers {
public:
    Observers();
    ~Observers();
    Observers(const Observers&) = delete;
    Observers& operator=(const Observers&) = delete;
    Observers(Observers&&) = delete;
    Observers& operator=(Observers&&) = delete;

    // ENOSPC: so many watch already.
    [[nodiscard]] berkeley::Result<void> add(Realm& realm,
                                             const Client& client,
                                             const control::Observe& request,
                                             link::FileDescriptor to);
    // A host was made.
    void know(const std::string& name, const HostRecord& host);
    // The engine has come to rest: writes what they have to say. Those whose reader is gone go too,
    // and those whose client is gone, when its host has nothing more to say: who reads a pipe waits
    // for its end.
    void rest(Realm& realm);

private:
    static constexpr std::size_t most = 16;

    void tell_network(Realm& realm);

    std::vector<std::unique_ptr<ObserverEnd>> ends_;
    std::unique_ptr<observe::FanOut> told_;  // one teller for all of them
};

}  // namespace handfast::netd
