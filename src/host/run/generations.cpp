#include "host/run/generations.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <fcntl.h>
#include <unistd.h>

#include "host/link/file_descriptor.hpp"

namespace handfast::run {

namespace {

using link::FileDescriptor;

constexpr std::size_t how_many = 65'536;
constexpr std::size_t file_size = how_many * sizeof(std::uint32_t);

// Keys are counted upwards by the kernel.
std::size_t place_of(control::SocketKey key) {
    return std::to_underlying(key) % how_many;
}

std::uint32_t* map(const FileDescriptor& file, int access) {
    void* const memory = ::mmap(nullptr, file_size, access, MAP_SHARED, file.get(), 0);
    return memory == MAP_FAILED ? nullptr : static_cast<std::uint32_t*>(memory);
}

}  // namespace

link::Result<Generations> Generations::make(int folder) {
    static_cast<void>(::unlinkat(folder, generations_name, 0));
    constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    const FileDescriptor file{::openat(folder, generations_name, flags, 0600)};
    if (!file || ::ftruncate(file.get(), file_size) != 0)
        return link::fail("make a file in the network's folder", "");
    std::uint32_t* const numbers = map(file, PROT_READ | PROT_WRITE);
    if (numbers == nullptr) return link::fail("map a file of the network's folder", "");
    return Generations{numbers};
}

Generations Generations::open(int folder) {
    const FileDescriptor file{
        ::openat(folder, generations_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    struct stat facts{};
    if (!file || ::fstat(file.get(), &facts) != 0 || facts.st_size != file_size) return {};
    return Generations{map(file, PROT_READ)};
}

Generations::~Generations() {
    if (numbers_ != nullptr) ::munmap(numbers_, file_size);
}

void Generations::raise(control::SocketKey key) {
    if (numbers_ == nullptr) return;
    std::atomic_ref{numbers_[place_of(key)]}.fetch_add(1, std::memory_order_release);
}

std::optional<std::uint32_t> Generations::of(control::SocketKey key) const {
    if (numbers_ == nullptr) return std::nullopt;
    return std::atomic_ref{numbers_[place_of(key)]}.load(std::memory_order_acquire);
}

}  // namespace handfast::run
