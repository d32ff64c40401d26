#include "apps/netd/facts_files.hpp"

#include <sys/mman.h>

#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace handfast::netd {

using link::FileDescriptor;

FileDescriptor sealed_file(const char* name, Bytes octets) {
    FileDescriptor file{::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!file) return {};
    for (Bytes rest = octets; !rest.empty();) {
        const ssize_t n = ::write(file.get(), rest.data(), rest.size());
        if (n <= 0) return {};
        rest = rest.subspan(static_cast<std::size_t>(n));
    }
    constexpr int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (::fcntl(file.get(), F_ADD_SEALS, all) != 0) return {};
    return file;
}

int FactsFiles::file_of(const control::DatagramFacts& facts) {
    control::encode(facts, encoded_);
    std::string octets(encoded_.size(), '\0');
    for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<char>(encoded_[i]);
    if (const auto known = by_octets_.find(octets); known != by_octets_.end()) {
        entries_.splice(entries_.begin(), entries_, known->second);
        return entries_.front().file.get();
    }
    FileDescriptor file = sealed_file("datagram", encoded_);
    if (!file) return -1;
    if (entries_.size() == max_files) {
        by_octets_.erase(entries_.back().octets);
        entries_.pop_back();
    }
    entries_.push_front({.octets = octets, .file = std::move(file)});
    by_octets_.emplace(std::move(octets), entries_.begin());
    return entries_.front().file.get();
}

}  // namespace handfast::netd
