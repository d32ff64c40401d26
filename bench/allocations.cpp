#include "allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace handfast::bench {

namespace {

std::atomic<std::uint64_t> calls{0};

void* allocate(std::size_t size, std::size_t alignment) {
    calls.fetch_add(1, std::memory_order_relaxed);
    void* const memory =
        alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
            ? std::malloc(size)
            : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}

}  // namespace

std::uint64_t allocations() {
    return calls.load(std::memory_order_relaxed);
}

}  // namespace handfast::bench

// The forms for arrays and those that do not throw call these.
void* operator new(std::size_t size) {
    return handfast::bench::allocate(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return handfast::bench::allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
